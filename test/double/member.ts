import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';

const START = join(__dirname, '..', '..', 'lib', 'eventstore', 'start.sh');

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface MemberOptions {
  /** the server's version */
  readonly version?: string;
  readonly size?: number;
  /** whether start.sh runs it */
  readonly safe?: boolean;
  /** options of the server, as it names them */
  readonly options?: Record<string, string>;
  readonly faults?: string;
  /** started again when it ended with 0, as Kubernetes does it, but at once */
  readonly restarted?: boolean;
}

/** One member as a process on loopback, with a folder that outlives it. */
export class Member {
  public readonly url: string;
  public output = '';
  /** the codes that its processes ended with */
  public readonly ends: (number | string)[] = [];
  private process?: ChildProcess;
  private ended: Promise<unknown> = Promise.resolve();
  private stopping = false;

  constructor(
    public readonly folder: string,
    public readonly port: number,
    private readonly replicationPort: number,
    private readonly seeds: string[],
    private readonly program: string,
    public options: MemberOptions,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  public get db(): string {
    return join(this.folder, 'db');
  }

  public start(options: MemberOptions = {}): this {
    this.options = { ...this.options, ...options };
    this.stopping = false;
    const { version = '26.0.3', size = 3, safe = false, faults } = this.options;
    const prefix = Number(version.split('.')[0]) >= 25 ? 'KURRENTDB' : 'EVENTSTORE';
    const server: Record<string, string> = {
      INSECURE: 'true',
      CLUSTER_SIZE: String(size),
      DISCOVER_VIA_DNS: 'false',
      ...(size > 1 ? { GOSSIP_SEED: this.seeds.slice(0, size).join(',') } : {}),
      NODE_IP: '0.0.0.0',
      REPLICATION_IP: '0.0.0.0',
      NODE_HOST_ADVERTISE_AS: '127.0.0.1',
      REPLICATION_HOST_ADVERTISE_AS: '127.0.0.1',
      NODE_PORT: String(this.port),
      REPLICATION_PORT: String(this.replicationPort),
      DB: this.db,
      ENABLE_ATOM_PUB_OVER_HTTP: 'true',
      ...this.options.options,
    };
    const env = Object.fromEntries(Object.entries(server).map(([name, value]) => [`${prefix}_${name}`, value]));
    const command = [...(safe ? ['/bin/sh', START] : []), process.execPath, this.program];
    const child = spawn(command[0], command.slice(1), {
      env: {
        PATH: process.env.PATH,
        DOUBLE_VERSION: version,
        ...(faults ? { DOUBLE_FAULTS: faults } : {}),
        SERVER_ENV_PREFIX: prefix,
        LOCAL_URL: this.url,
        ...env,
      },
      // start.sh and its server are killed together, as a container is
      detached: true,
    });
    this.process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        this.output += data;
      });
    }
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.ends.push(code ?? signal ?? 'unknown');
        if (code === 0 && this.options.restarted && !this.stopping) this.start();
        resolve(undefined);
      });
    });
    return this;
  }

  public get isRunning(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  public signal(signal: NodeJS.Signals, group = false): void {
    if (!this.process?.pid || !this.isRunning) return;
    process.kill(group ? -this.process.pid : this.process.pid, signal);
  }

  public async kill(): Promise<void> {
    this.stopping = true;
    this.signal('SIGKILL', true);
    await this.ended;
  }

  public async stop(): Promise<number | string> {
    this.stopping = true;
    this.signal('SIGTERM');
    await this.ended;
    return this.ends.at(-1)!;
  }

  public async end(): Promise<number | string> {
    await this.ended;
    return this.ends.at(-1)!;
  }

  public wipe(): void {
    rmSync(this.db, { recursive: true, force: true });
    mkdirSync(this.db, { recursive: true });
  }

  public get files(): string[] {
    return existsSync(this.db) ? readdirSync(this.db) : [];
  }

  public async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('GET', path, undefined, headers);
  }

  public async ask(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
    ms = 10_000,
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      body,
      headers: { connection: 'close', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(ms),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  /** fetch always says what it accepts. */
  public statusWithoutAccept(path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      get(this.url + path, (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject);
    });
  }

  public async state(): Promise<string> {
    return this.get('/info').then(
      ({ text }) => JSON.parse(text).state,
      () => 'silent',
    );
  }

  /** Appends one event, and says the status; 0: no answer. */
  public append(stream: string, n: number, headers: Record<string, string> = {}, ms = 10_000): Promise<number> {
    const event = [{ eventId: idOf(stream, n), eventType: 't', data: { n } }];
    const type = { 'content-type': 'application/vnd.eventstore.events+json', ...headers };
    return this.ask('POST', `/streams/${stream}`, JSON.stringify(event), type, ms).then(
      ({ status }) => status,
      () => 0,
    );
  }

  /** What `n` says in every event of a stream, in their order; undefined where the stream is not. */
  public async read(stream: string): Promise<number[]> {
    const found: number[] = [];
    for (let from = 0; ; ) {
      const { status, text } = await this.get(`/streams/${stream}/${from}/forward/200?embed=body`, {
        accept: 'application/json',
      });
      if (status !== 200) return found;
      const entries = JSON.parse(text).entries.reverse();
      found.push(...entries.map(({ data }: { data: string }) => JSON.parse(data).n));
      if (entries.length === 0) return found;
      from = entries.at(-1).eventNumber + 1;
    }
  }
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** The same event has the same id, in every process. */
export function idOf(stream: string, n: number): string {
  const hex = Buffer.from(stream).toString('hex').padEnd(12, '0').slice(0, 12);
  return `00000000-0000-4000-8000-${hex}`.replace('00000000', n.toString(16).padStart(8, '0'));
}
