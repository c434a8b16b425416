import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nginxConfig } from '../../lib/frontend/nginx-config';
import { buildDouble } from '../double/bundle';
import { configOptions, sleep } from '../frontend/cluster';
import { freePorts } from '../ports';
import { tool } from '../tools/tools';

export interface DatabaseOptions {
  readonly version?: string;
  /** Planted in every member; only a leader's appends count. */
  readonly faults?: string;
}

/** What a member's double says of itself. */
export interface DoubleStats {
  readonly state: string;
  readonly acknowledged: { readonly events: number };
  readonly planted: readonly { readonly kind: string; readonly stream: string; readonly ids: readonly string[] }[];
}

let bundle: Promise<string> | undefined;

/** Three doubles of the server behind real nginx with the front end's configuration, on loopback. */
export class Database {
  public readonly folder = mkdtempSync(join(tmpdir(), 'bench-'));
  /** The front end. */
  public url = '';
  /** The members by their names. */
  public members: Record<string, string> = {};
  private readonly children: ChildProcess[] = [];

  public static async start(options: DatabaseOptions = {}): Promise<Database> {
    const database = new Database();
    const [port, ...ports] = await freePorts(7);
    const members = ports.slice(0, 3);
    bundle ??= buildDouble();
    const double = await bundle;
    members.forEach((_, i) => {
      database.spawn(`es-${i + 1}`, [process.execPath, double], database.environment(ports, i, options));
    });
    database.members = Object.fromEntries(members.map((p, i) => [`es-${i + 1}`, `http://127.0.0.1:${p}`]));
    database.startNginx(port, members);
    await database.formed();
    return database;
  }

  /** As `bench --members` takes them. */
  public get memberList(): string {
    return Object.entries(this.members)
      .map((pair) => pair.join('='))
      .join(',');
  }

  public async stats(): Promise<DoubleStats[]> {
    const answers = Object.values(this.members).map(async (url) => (await fetch(`${url}/double/stats`)).json());
    return (await Promise.all(answers)) as DoubleStats[];
  }

  /** Events that clients were told are stored. */
  public async acknowledged(): Promise<number> {
    return (await this.stats()).reduce((sum, { acknowledged }) => sum + acknowledged.events, 0);
  }

  /** What was done to acknowledged events on purpose. */
  public async planted(kind: string): Promise<{ stream: string; event: string }[]> {
    return (await this.stats())
      .flatMap(({ planted }) => planted)
      .filter((victim) => victim.kind === kind)
      .flatMap(({ stream, ids }) => ids.map((event) => ({ stream, event })))
      .sort((a, b) => (a.event < b.event ? -1 : 1));
  }

  public async stop(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await Promise.all(
      this.children.map(
        (child) => child.exitCode ?? child.signalCode ?? new Promise((ended) => child.on('exit', ended)),
      ),
    );
    rmSync(this.folder, { recursive: true, force: true });
  }

  private environment(ports: number[], i: number, { version = '26.0.3', faults }: DatabaseOptions): NodeJS.ProcessEnv {
    const prefix = Number.parseFloat(version) >= 25 ? 'KURRENTDB' : 'EVENTSTORE';
    const db = join(this.folder, `es-${i + 1}`);
    mkdirSync(db);
    const options: Record<string, string> = {
      INSECURE: 'true',
      CLUSTER_SIZE: '3',
      DISCOVER_VIA_DNS: 'false',
      GOSSIP_SEED: [0, 1, 2].map((n) => `127.0.0.1:${ports[n]}`).join(','),
      NODE_IP: '127.0.0.1',
      REPLICATION_IP: '127.0.0.1',
      NODE_HOST_ADVERTISE_AS: '127.0.0.1',
      REPLICATION_HOST_ADVERTISE_AS: '127.0.0.1',
      NODE_PORT: String(ports[i]),
      REPLICATION_PORT: String(ports[3 + i]),
      DB: db,
      ENABLE_ATOM_PUB_OVER_HTTP: 'true',
      // a busy machine must not look like a dead member
      GOSSIP_TIMEOUT_MS: '10000',
      REPLICATION_HEARTBEAT_TIMEOUT: '10000',
      PREPARE_TIMEOUT_MS: '10000',
      COMMIT_TIMEOUT_MS: '10000',
    };
    return {
      PATH: process.env.PATH,
      DOUBLE_VERSION: version,
      ...(faults && { DOUBLE_FAULTS: faults }),
      ...Object.fromEntries(Object.entries(options).map(([name, value]) => [`${prefix}_${name}`, value])),
    };
  }

  private startNginx(port: number, members: number[]): void {
    const addresses = members.map((p) => `127.0.0.1:${p}`);
    const config = join(this.folder, 'nginx.conf');
    const options = configOptions(addresses, this.folder, port);
    const own = options.members.map(({ address }) => ({ address, advertised: address }));
    writeFileSync(config, nginxConfig({ ...options, members: own, writeTimeoutMs: 30_000, readTimeoutMs: 30_000 }));
    const user = process.getuid?.() === 0 ? ['-g', 'user root;'] : [];
    this.spawn('nginx', [tool('nginx')!, '-e', 'stderr', '-c', config, ...user], process.env);
    this.url = `http://127.0.0.1:${port}`;
  }

  /** What it says goes into a file: a full pipe would stop it. */
  private spawn(name: string, command: string[], env: NodeJS.ProcessEnv): void {
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    this.children.push(spawn(command[0], command.slice(1), { env, stdio: ['ignore', log, log] }));
    closeSync(log);
  }

  private async formed(): Promise<void> {
    for (const since = Date.now(); Date.now() - since < 60_000; await sleep(200)) {
      const urls = [this.url, ...Object.values(this.members)];
      const infos = await Promise.all(urls.map(infoOf));
      const states = infos.map(({ state }) => state);
      if (states.slice(1).filter((state) => state === 'leader').length !== 1) continue;
      if (states.every((state) => state === 'leader' || state === 'follower')) return;
    }
    throw new Error(`the doubles formed no cluster: ${readFileSync(join(this.folder, 'es-1.log'), 'utf8')}`);
  }
}

/** Nothing where it does not answer yet; nginx then has a page of its own. */
async function infoOf(url: string): Promise<{ state?: string }> {
  try {
    return (await (await fetch(`${url}/info`)).json()) as { state: string };
  } catch {
    return {};
  }
}
