import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../helpers';
import type { Client } from './client-pod';
import { get, kubectl, list, must, tryKubectl, until } from './kubectl';

/** What the tests know of a member. */
export interface Member {
  readonly pod: string;
  readonly node: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** as in `/gossip`, in lower case; empty where the pod does not answer */
  readonly state: string;
}

/**
 * One cluster in a namespace of its own: written by the generator as a user would run it, applied as it is. What is in
 * the namespace, and the volumes that tests caused, go with it.
 */
export class Deployment {
  /** what the generator wrote last */
  public readonly folder = mkdtempSync(join(tmpdir(), 'manifests-'));
  private flags: string[] = [];

  private constructor(
    public readonly namespace: string,
    public readonly name: string,
  ) {}

  /** Writes, applies, and waits until all is ready. One `kubectl apply`, nothing else. */
  public static async start(namespace: string, ...flags: string[]): Promise<Deployment> {
    const deployment = new Deployment(namespace, 'es');
    await deployment.remove();
    await deployment.apply(...flags);
    await deployment.ready();
    return deployment;
  }

  /** Only the object, for a cluster that a test applies itself. */
  public static of(namespace: string): Deployment {
    return new Deployment(namespace, 'es');
  }

  public async write(...flags: string[]): Promise<string> {
    this.flags = flags;
    const synth = ['run', '--silent', 'synth', '--', '--namespace', this.namespace, '--out', this.folder, '--quiet'];
    // the monitoring has a test of its own, and the machines of tests little room
    synth.push('--monitoring', 'none');
    await must('npm', [...synth, ...flags]);
    return this.folder;
  }

  public async apply(...flags: string[]): Promise<string> {
    return kubectl('apply', '-f', await this.write(...flags));
  }

  /** The same manifests once more. */
  public async applyAgain(): Promise<string> {
    return this.apply(...this.flags);
  }

  /** Every pod ready, none of an older template. */
  public async ready(seconds = 240): Promise<void> {
    const time = `--timeout=${seconds}s`;
    try {
      await kubectl('-n', this.namespace, 'rollout', 'status', `statefulset/${this.name}`, time);
      const { status } = await tryKubectl('-n', this.namespace, 'get', `deployment/${this.name}-frontend`);
      if (status === 0)
        await kubectl('-n', this.namespace, 'rollout', 'status', `deployment/${this.name}-frontend`, time);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await this.describe()}`);
    }
  }

  /** What a person would look at first, for messages of failed tests. */
  public async describe(): Promise<string> {
    const pods = await tryKubectl('-n', this.namespace, 'get', 'pods', '-o', 'wide');
    const logs = await tryKubectl(
      '-n',
      this.namespace,
      'logs',
      '-l',
      'app.kubernetes.io/component=node',
      '--prefix',
      '--tail=15',
    );
    const events = await tryKubectl('-n', this.namespace, 'get', 'events', '--sort-by=.lastTimestamp');
    return [pods.stdout, logs.stdout, logs.stderr, events.stdout.split('\n').slice(-20).join('\n')].join('\n');
  }

  public async pods(component: 'node' | 'frontend' = 'node'): Promise<Manifest[]> {
    return list(
      '-n',
      this.namespace,
      'pods',
      '-l',
      `app.kubernetes.io/component=${component},app.kubernetes.io/instance=${this.name}`,
    );
  }

  /** All objects, each with its identity and the number of its changes: the same twice where nothing changed. */
  public async generations(): Promise<string[]> {
    const kinds = 'statefulset,deployment,service,configmap,serviceaccount,pdb,networkpolicy,pod';
    const objects = await list('-n', this.namespace, kinds);
    return objects.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid} ${metadata.generation}`);
  }

  /** As a client in the cluster sees them. */
  public async members(client: Client): Promise<Member[]> {
    const pods = await this.pods();
    const infos = await client.gets(
      pods.map(({ status }) => `http://${status.podIP ?? 'none'}:2113/info`),
      1500,
    );
    return pods.map((pod, i) => ({
      pod: pod.metadata.name,
      node: pod.spec.nodeName,
      ready: isReady(pod),
      restarts: pod.status.containerStatuses?.[0]?.restartCount ?? 0,
      state: infos[i].status === 200 ? JSON.parse(infos[i].body).state : '',
    }));
  }

  /** The members once exactly one leads and all others follow. */
  public whole(client: Client, size: number, seconds = 180): Promise<Member[]> {
    return until(`${size} members, one leader`, seconds, async () => {
      const members = await this.members(client);
      const states = members.filter(({ ready }) => ready).map(({ state }) => state);
      const leaders = states.filter((state) => state === 'leader').length;
      if (members.length === size && leaders === 1 && states.filter((s) => s === 'follower').length === size - 1)
        return members;
      throw new Error(members.map((m) => `${m.pod} ${m.state}${m.ready ? '' : ' not ready'}`).join(', '));
    }).catch(async (error) => {
      throw new Error(`${error.message}\n${await this.describe()}`);
    });
  }

  /** Addresses of the members, by the names that they advertise. */
  public addresses(size: number): string[] {
    return Array.from(
      { length: size },
      (_, i) => `http://${this.name}-${i + 1}.${this.name}-nodes.${this.namespace}.svc.cluster.local:2113`,
    );
  }

  /** A Service by its address, for clients that shall not wait for names: with a DNS pod gone, that takes them seconds. */
  public async addressOf(service: string): Promise<string> {
    return `http://${(await get('-n', this.namespace, 'service', service)).spec.clusterIP}:2113`;
  }

  public get service(): string {
    return `http://${this.name}.${this.namespace}.svc.cluster.local:2113`;
  }

  public get frontend(): string {
    return `http://${this.name}-frontend.${this.namespace}.svc.cluster.local:2113`;
  }

  public statefulSet(): Promise<Manifest> {
    return get('-n', this.namespace, 'statefulset', this.name);
  }

  /** The namespace with all that is in it, and its volumes. */
  public async remove(): Promise<void> {
    await kubectl('delete', 'namespace', this.namespace, '--ignore-not-found', '--grace-period=1', '--timeout=180s');
    for (const volume of await list('pv')) {
      if (volume.spec.claimRef?.namespace === this.namespace)
        await kubectl('delete', 'pv', volume.metadata.name, '--wait=false');
    }
  }

  public async stop(): Promise<void> {
    await this.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function isReady(pod: Manifest): boolean {
  return (pod.status.conditions ?? []).some((c: Manifest) => c.type === 'Ready' && c.status === 'True');
}
