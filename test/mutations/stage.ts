import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type IncomingHttpHeaders, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../frontend/certificates';
import { sleep } from '../frontend/cluster';
import { freePorts } from '../ports';
import { tool } from '../tools/tools';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/**
 * Stand-ins for members, and a real nginx before them for one nginx.conf after the other. A configuration is taken as it
 * stands in a ConfigMap; only what ties it to its pod is another: addresses, the port, folders, and time-outs, which are a
 * fifth (or, in whole seconds, a fiftieth), since a test has less patience than a client.
 */
export class Stage {
  public readonly folder = mkdtempSync(join(tmpdir(), 'mutations-'));
  public port = 0;
  private nginx?: ChildProcess;
  private ports: number[] = [];
  private children: ChildProcess[] = [];
  private runs = 0;

  private constructor(
    private readonly members: string[],
    private readonly secure: boolean,
    public readonly tls: boolean,
  ) {}

  /** A stage for configurations of one cluster; `text` is any of them. */
  public static async open(text: string): Promise<Stage> {
    const members = [...new Set(text.match(/^ +server [^\s{][^\s;]*/gm)?.map((line) => line.trim().split(' ')[1]))];
    const stage = new Stage(members, /proxy_pass https:/.test(text), /listen \d+ ssl/.test(text));
    const advertised = stage.advertised(text);
    const certificate = stage.secure || stage.tls ? stage.certificates(advertised[0].split(':')[0]) : undefined;
    stage.ports = await freePorts(members.length);
    for (const [index, port] of stage.ports.entries()) {
      const config = {
        port,
        name: `es-${index + 1}`,
        advertised: advertised[index],
        leader: advertised[0],
        tls: certificate,
      };
      const args = [join(__dirname, '..', 'frontend', 'member.mjs'), JSON.stringify(config)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      stage.children.push(child);
      await new Promise((done) => child.stdout.once('data', done));
    }
    stage.names = advertised;
    return stage;
  }

  /** What each member calls itself. */
  public names: string[] = [];

  /** Starts nginx with a configuration. Throws when nginx does not take it. */
  public async play(text: string): Promise<void> {
    [this.port] = await freePorts(1);
    const config = join(this.folder, 'nginx.conf');
    writeFileSync(config, this.adapted(text));
    const log = openSync(this.logFile(++this.runs), 'a');
    const user = process.getuid?.() === 0 ? ['-g', 'user root;'] : [];
    // a mutated configuration may write where it stands
    const options = { cwd: this.folder, stdio: ['ignore', log, log] as ['ignore', number, number] };
    this.nginx = spawn(tool('nginx')!, ['-e', 'stderr', '-c', config, ...user], options);
    closeSync(log);
    for (let i = 0; i < 60; i++) {
      if (this.nginx.exitCode !== null) throw new Error(`nginx ends: ${this.log.trim().split('\n').at(-1)}`);
      const answer = await this.ask('/healthz').catch(() => undefined);
      if (answer) return;
      await sleep(25);
    }
    throw new Error(`nginx does not answer: ${this.log.trim().split('\n').at(-1) ?? ''}`);
  }

  public async end(): Promise<void> {
    if (!this.nginx) return;
    const { nginx } = this;
    const ended = new Promise((done) => nginx.once('exit', done));
    if (nginx.exitCode === null && nginx.kill('SIGTERM')) await ended;
    this.nginx = undefined;
  }

  public async close(): Promise<void> {
    await this.end();
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  public get url(): string {
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  public get log(): string {
    return readFileSync(this.logFile(this.runs), 'utf8');
  }

  /** A request through nginx, on a connection of its own. */
  public ask(path: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> {
    return send({ tls: this.tls, port: this.port, path, method, headers, body });
  }

  /** Who each member says is the leader, by the members' numbers from 1; without any, each member itself. */
  public async leaders(...numbers: number[]): Promise<void> {
    const leader = (index: number) => this.names[numbers[index] - 1] ?? null;
    await Promise.all(this.names.map((_, i) => this.tell(i, '/double/state', JSON.stringify({ leader: leader(i) }))));
  }

  /** How often members were asked for this URL. */
  public async seen(url: string): Promise<number> {
    const path = `/double/state?seen=${encodeURIComponent(url)}`;
    const states = await Promise.all(this.ports.map((_, i) => this.tell(i, path)));
    return states.reduce((sum, { body }) => sum + JSON.parse(body).seen, 0);
  }

  private tell(index: number, path: string, body?: string): Promise<Answer> {
    return send({ tls: this.secure, port: this.ports[index], path, method: body ? 'POST' : 'GET', headers: {}, body });
  }

  private logFile(number: number): string {
    return join(this.folder, `nginx-${number}.log`);
  }

  /** The authority, the door's certificate, and the members', which is returned where they speak TLS. */
  private certificates(advertised: string): { cert: string; key: string } | undefined {
    const authority = new Authority(join(this.folder, 'made'));
    const door = authority.certificate('door', 'localhost');
    const members = authority.certificate('members', advertised.replace(/^[^.]+/, '*'));
    for (const name of ['tls', 'ca']) mkdirSync(join(this.folder, name));
    copyFileSync(authority.file, join(this.folder, 'ca', 'ca.crt'));
    copyFileSync(door.cert, join(this.folder, 'tls', 'tls.crt'));
    copyFileSync(door.key, join(this.folder, 'tls', 'tls.key'));
    return this.secure ? members : undefined;
  }

  /** The names in the map of redirects, in the members' order. */
  private advertised(text: string): string[] {
    return [...text.matchAll(/https\?:\/\/(\S+)\/ member_\d+;/g)].map(([, name]) => name.replaceAll('\\', ''));
  }

  private adapted(text: string): string {
    let adapted = text;
    this.members.forEach((member, i) => {
      adapted = adapted.replaceAll(`server ${member}`, `server 127.0.0.1:${this.ports[i]}`);
    });
    return (
      adapted
        .replace(/listen 2113/, `listen ${this.port}`)
        // counted failures take a member out for 10 s, which is the next question's business as well
        .replaceAll('max_fails=1', 'max_fails=0')
        .replaceAll('/tmp/', `${this.folder}/`)
        .replaceAll('/etc/frontend/', `${this.folder}/`)
        .replace(/(_read_timeout|proxy_send_timeout) (\d+)(ms|s);/g, (_, name, amount, unit) => {
          return `${name} ${unit === 's' ? Number(amount) * 20 : Number(amount) / 5}ms;`;
        })
    );
  }
}

interface Sent extends Required<Omit<Question, 'body'>> {
  readonly tls: boolean;
  readonly port: number;
  readonly path: string;
  readonly body?: string;
}

function send({ tls, port, path, method, headers, body }: Sent): Promise<Answer> {
  return new Promise((done, failed) => {
    const options = { host: '127.0.0.1', port, path, method, agent: false, rejectUnauthorized: false, timeout: 8000 };
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = (tls ? requestTls : requestPlain)({ ...options, headers: { ...length, ...headers } }, (got) => {
      const chunks: Buffer[] = [];
      got.on('data', (chunk) => chunks.push(chunk));
      got.on('error', failed);
      got.on('end', () =>
        done({ status: got.statusCode ?? 0, headers: got.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', failed);
    sent.end(body);
  });
}
