import type { Answer, Ask } from './client/http';
import type { AuditSummary, Ledger, LoadOptions, LoadSummary } from './client/shapes';
import { CLIENT_IMAGE } from './images';
import { applyObjects, kubectl, must, run, until } from './kubectl';

export interface ClientOptions {
  /** the node that it runs on */
  readonly node?: string;
  /** whether it carries the label that the cluster's NetworkPolicy asks for */
  readonly admitted?: boolean;
  /** name of the cluster that it is a client of */
  readonly cluster?: string;
}

/** A load that runs until it is stopped. */
export interface RunningLoad {
  stop(): Promise<LoadSummary>;
}

const LOAD: Omit<LoadOptions, 'targets' | 'prefix'> = {
  seconds: 240,
  writers: 10,
  readers: 4,
  timeoutMs: 2000,
  readTimeoutMs: 10_000,
  pauseMs: 80,
};

/** A pod in the cluster from which the tests speak to members and the front end. */
export class Client {
  private constructor(
    public readonly namespace: string,
    public readonly name: string,
  ) {}

  public static async start(namespace: string, name: string, options: ClientOptions = {}): Promise<Client> {
    const { node, admitted = true, cluster = 'es' } = options;
    await applyObjects({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: admitted ? { [`${cluster}-client`]: 'true' } : {} },
      spec: {
        ...(node && { nodeName: node }),
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'client',
            image: CLIENT_IMAGE,
            command: ['client', 'sleep'],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    });
    await kubectl('-n', namespace, 'wait', `pod/${name}`, '--for=condition=Ready', '--timeout=60s');
    return new Client(namespace, name);
  }

  public get(url: string, options: Ask = {}): Promise<Answer> {
    return this.command('get', { url, ...options });
  }

  /** An answer for each address; status 0 where there is none. */
  public gets(urls: string[], timeoutMs: number): Promise<Answer[]> {
    return this.command('gets', { urls, timeoutMs });
  }

  public connect(connectionString: string, stream: string): Promise<string> {
    return this.command('connect', { connectionString, stream });
  }

  public audit(members: string[], ledger: Ledger): Promise<AuditSummary> {
    return this.command('audit', { members, ledger });
  }

  public load(options: Pick<LoadOptions, 'targets' | 'prefix'> & Partial<LoadOptions>): Promise<LoadSummary> {
    return this.command('load', { ...LOAD, ...options });
  }

  /** Starts a load and returns when its first write has been acknowledged. */
  public async startLoad(options: Parameters<Client['load']>[0]): Promise<RunningLoad> {
    const ended = this.load(options);
    ended.catch(() => {}); // looked at when it is stopped
    await until('a first acknowledged write', 60, async () => {
      const early = await Promise.race([ended.then((summary) => JSON.stringify(summary.failures)), undefined]);
      if (early) throw new Error(`the load ended before: ${early}`);
      return (await this.exec('test', '-e', '/tmp/begun')).status === 0;
    });
    return {
      stop: async () => {
        await this.exec('touch', '/tmp/stop');
        return ended;
      },
    };
  }

  public exec(...command: string[]) {
    return run('kubectl', ['-n', this.namespace, 'exec', this.name, '--', ...command]);
  }

  private async command<T>(command: string, options: unknown): Promise<T> {
    const args = ['-n', this.namespace, 'exec', '-i', this.name, '--', 'client', command];
    return JSON.parse(await must('kubectl', args, JSON.stringify(options)));
  }
}
