import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nginxConfig } from '../../lib/frontend/nginx-config';
import type { NginxConfigOptions } from '../../lib/frontend/nginx-options';
import { freePorts } from '../ports';
import { tool } from '../tools/tools';

/** What a test may say of nginx: everything has the front end's defaults. */
export type Door = Partial<Omit<NginxConfigOptions, 'members' | 'port' | 'paths'>>;

export interface ClusterOptions extends Door {
  readonly size?: number;
  /** Members' certificate and key, in secure mode. */
  readonly memberTls?: { readonly key: string; readonly cert: string };
  /** Files in the temporary folder, e.g. `tls/tls.crt`; the paths of nginx-options point there. */
  readonly files?: (folder: string) => void;
  /** Whether members keep events, in one store. */
  readonly store?: boolean;
  /** Runs the last member where it can be cut off, and all else beside it. */
  readonly network?: Network;
}

/** Where processes run: a prefix of their command line, and the address of each member. */
export interface Network {
  enter(member?: number): string[];
  host(member: number): string;
  readonly storeHost: string;
}

const LOOPBACK: Network = { enter: () => [], host: () => '127.0.0.1', storeHost: '127.0.0.1' };
export const advertisedName = (member: number) => `es-${member}.es-nodes.eventstore.svc.cluster.local:2113`;

/** The front end's defaults, for members at these addresses. */
export function configOptions(addresses: string[], folder: string, port: number, door: Door = {}): NginxConfigOptions {
  return {
    secure: false,
    tls: false,
    basicAuth: false,
    readsFromLeader: false,
    retryAppends: false,
    readTimeoutMs: 3000,
    writeTimeoutMs: 7000,
    subscriptionTimeoutMs: 120_000,
    ...door,
    port,
    members: addresses.map((address, i) => ({ address, advertised: advertisedName(i + 1) })),
    paths: { temp: folder, tls: join(folder, 'tls'), users: join(folder, 'users'), ca: join(folder, 'ca.crt') },
  };
}

/** Real nginx with the front end's configuration before stand-ins for members. */
export class Cluster {
  public readonly folder = mkdtempSync(join(tmpdir(), 'frontend-'));
  public readonly ports: number[] = [];
  public port = 0;
  public nginx!: ChildProcess;
  private readonly members: ChildProcess[] = [];
  private store?: { process: ChildProcess; port: number };

  private constructor(private readonly options: ClusterOptions) {}

  public static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(options);
    const size = options.size ?? 3;
    const [port, storePort, ...ports] = await freePorts(size + 2);
    cluster.port = port;
    cluster.ports.push(...ports);
    options.files?.(cluster.folder);
    if (options.store) {
      const store = cluster.node([join(__dirname, 'store.mjs'), String(storePort), cluster.network.storeHost]);
      cluster.store = { process: store, port: storePort };
      await ready(store);
    }
    for (let member = 1; member <= size; member++) await cluster.startMember(member);
    await cluster.startNginx();
    return cluster;
  }

  public get network(): Network {
    return this.options.network ?? LOOPBACK;
  }

  /** The outside name of the door. */
  public get url(): string {
    return `${this.options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  public get log(): string {
    return readFileSync(join(this.folder, 'nginx.log'), 'utf8');
  }

  public async startMember(member: number): Promise<void> {
    const config = {
      port: this.ports[member - 1],
      host: this.network.host(member),
      name: `es-${member}`,
      advertised: advertisedName(member),
      leader: advertisedName(1),
      store: this.store && { port: this.store.port, host: this.network.storeHost },
      tls: this.options.memberTls,
      // about what a real member takes: so that there are always requests on their way
      delay: this.store ? 4 : 0,
    };
    const started = this.node([join(__dirname, 'member.mjs'), JSON.stringify(config)], member);
    this.members[member - 1] = started;
    await ready(started);
  }

  public signal(member: number, signal: NodeJS.Signals): void {
    this.members[member - 1].kill(signal);
  }

  /** What a member has seen; `change` sets it, e.g. who it thinks is the leader. */
  public async state(
    member: number,
    change?: object,
  ): Promise<{ open: number; peak: number; accepted: number; requests: number }> {
    const url = `http://127.0.0.1:${this.ports[member - 1]}/double/state`;
    const body = change && JSON.stringify(change);
    return (await (await fetch(url, { method: change ? 'POST' : 'GET', body })).json()) as never;
  }

  /** What the store holds. */
  public stored(): { stored: number; distinct: number; resent: number; ids: string[] } {
    const curl = [...this.network.enter(), 'curl', '-sS', `http://${this.network.storeHost}:${this.store!.port}/`];
    return JSON.parse(run(curl).stdout);
  }

  /** Runs k6 while `faults` happen, and returns what the clients saw. */
  public async load(env: Record<string, string>, faults?: () => Promise<void>): Promise<LoadResult> {
    const out = join(this.folder, 'load.json');
    const all = { BASE: this.url, OUT: out, SECONDS: '10', ...env };
    const k6 = [
      ...this.network.enter(),
      tool('k6')!,
      'run',
      '--quiet',
      '--no-usage-report',
      join(__dirname, 'load.js'),
    ];
    const running = spawn(k6[0], k6.slice(1), {
      env: { ...process.env, ...all, K6_AUTO_EXTENSION_RESOLUTION: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [running.stdout, running.stderr]) stream.on('data', (data) => (said += data));
    const ended = new Promise<number | null>((done) => running.on('close', done));
    await faults?.();
    const status = await ended;
    if (status !== 0) throw new Error(`k6 ended with ${status}: ${said}`);
    return { ...JSON.parse(readFileSync(out, 'utf8')), said };
  }

  public async stop(): Promise<void> {
    const children = [this.nginx, ...this.members, this.store?.process].filter((child) => child !== undefined);
    for (const child of children) child.kill(child === this.nginx ? 'SIGTERM' : 'SIGKILL');
    await Promise.all(
      children.map((child) => child.exitCode ?? child.signalCode ?? new Promise((done) => child.on('exit', done))),
    );
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Starts a second nginx on the same port, and returns the first. */
  public async anotherNginx(): Promise<ChildProcess> {
    const old = this.nginx;
    await this.startNginx();
    return old;
  }

  /** nginx's workers, by process id. */
  public workers(): number[] {
    const { stdout } = run(['ps', '-o', 'pid=', '--ppid', String(this.nginx.pid)]);
    return stdout.split('\n').filter(Boolean).map(Number);
  }

  private async startNginx(): Promise<void> {
    const addresses = this.ports.map((port, i) => `${this.network.host(i + 1)}:${port}`);
    const config = join(this.folder, 'nginx.conf');
    writeFileSync(config, nginxConfig(configOptions(addresses, this.folder, this.port, this.options)));
    // files, not pipes: a socket cannot be opened as /dev/stdout
    const log = openSync(join(this.folder, 'nginx.log'), 'a');
    // in a pod all of nginx is one user; started by root, its workers would be "nobody" and could not write here
    const user = process.getuid?.() === 0 ? ['-g', 'user root;'] : [];
    const command = [...this.network.enter(), tool('nginx')!, '-e', 'stderr', '-c', config, ...user];
    this.nginx = spawn(command[0], command.slice(1), { stdio: ['ignore', log, log] });
    closeSync(log);
    for (let i = 0; i < 100; i++) {
      const curl = [...this.network.enter(), 'curl', '-sko', '/dev/null', `${this.url}/healthz`];
      if (run(curl).status === 0) return;
      await sleep(50);
    }
    throw new Error(`nginx does not answer: ${this.log}`);
  }

  private node(args: string[], member?: number): ChildProcess {
    const command = [...this.network.enter(member), process.execPath, ...args];
    return spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  }
}

export interface LoadResult {
  readonly reads: number;
  readonly readsFailed: number;
  readonly readMax: number;
  readonly writes: number;
  readonly writesFailed: number;
  readonly writeMax: number;
  readonly acknowledged: number;
  readonly rate: number;
  readonly said: string;
}

export const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

export function run(command: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
}

async function ready(child: ChildProcess): Promise<void> {
  await new Promise<void>((done, failed) => {
    child.stdout!.once('data', () => done());
    child.once('exit', (code) => failed(new Error(`ended with ${code} before it was ready`)));
  });
}
