import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../helpers';
import { Client } from './client-pod';
import { Deployment } from './deployment';

import { kubectl, list, must, tryKubectl, until } from './kubectl';
import { hasCluster } from './setup';

const NAMESPACE = 'watched';
const PARTS = ['telegraf', 'influxdb', 'grafana'].map((part) => `monitoring-${part}`);
const INTERVAL = 15;

interface Series {
  readonly tags?: Record<string, string>;
  readonly values: (string | number | null)[][];
}

describe.skipIf(!hasCluster())('a cluster that is watched, as the generator writes it', () => {
  let es: Deployment;
  let client: Client;
  const flags = ['--nodes', '3', '--monitoring', 'influxdb', '--monitoring-size', '1Gi', '--retention', '36h'];

  /** What InfluxDB has, asked inside its pod. */
  async function ask(query: string): Promise<Series[]> {
    const shell = ['influx', '-database', 'k8s', '-format', 'json', '-precision', 'ms', '-execute', query];
    const answer = await kubectl('-n', NAMESPACE, 'exec', 'deployment/monitoring-influxdb', '--', ...shell);
    return JSON.parse(answer).results.flatMap((result: { series?: Series[] }) => result.series ?? []);
  }

  /** The tag's values among what was written since a time, in ms. */
  async function seen(measurement: string, field: string, tag: string, since: number): Promise<string[]> {
    const series = await ask(`SELECT last("${field}") FROM "${measurement}" WHERE time > ${since}ms GROUP BY "${tag}"`);
    return series
      .filter(({ values }) => Number.isFinite(values[0][1]))
      .map(({ tags }) => tags?.[tag] ?? '')
      .sort();
  }

  async function rolledOut(): Promise<void> {
    for (const part of PARTS) {
      const rollout = ['-n', NAMESPACE, 'rollout', 'status', `deployment/${part}`, '--timeout=180s'];
      await kubectl(...rollout).catch(async (error) => {
        const logs = await tryKubectl('-n', NAMESPACE, 'logs', `deployment/${part}`, '--tail=30');
        throw new Error(`${error.message}\n${logs.stdout}${logs.stderr}\n${await es.describe()}`);
      });
    }
  }

  beforeAll(async () => {
    es = await Deployment.start(NAMESPACE, ...flags);
    await rolledOut();
    client = await Client.start(NAMESPACE, 'client');
  });
  afterAll(async () => {
    await es?.stop();
    for (const kind of ['clusterrolebinding', 'clusterrole'])
      await kubectl('delete', kind, `${NAMESPACE}-monitoring-telegraf`, '--ignore-not-found');
  });

  it('runs Telegraf, InfluxDB and Grafana under Pod Security "restricted", without a restart', async () => {
    const pods = await list('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=eventstore-monitoring');
    expect(pods).toHaveLength(3);
    expect(pods.map(({ status }) => status.containerStatuses[0].restartCount)).toEqual([0, 0, 0]);
    const refused = (await list('-n', NAMESPACE, 'events')).filter(({ reason }) => reason === 'FailedCreate');
    expect(refused.map(({ message }) => message)).toEqual([]);
  });

  it("has CPU, memory and network of every member's pod within two intervals", async () => {
    const since = Date.now();
    const members = ['es-1', 'es-2', 'es-3'];
    const figures = [
      ['kubernetes_pod_container', 'cpu_usage_nanocores'],
      ['kubernetes_pod_container', 'memory_working_set_bytes'],
      ['kubernetes_pod_network', 'rx_bytes'],
      ['kubernetes_pod_network', 'tx_bytes'],
    ];
    // and what Telegraf keeps back before it writes
    await until('figures of the members', 2 * INTERVAL + 5, async () => {
      const all = await Promise.all(figures.map(([measurement, field]) => seen(measurement, field, 'pod_name', since)));
      return all.every((pods) => members.every((member) => pods.includes(member)));
    });
    expect(await seen('kubernetes_node', 'cpu_usage_nanocores', 'node_name', 0)).toHaveLength(
      (await list('nodes')).length,
    );
    expect(await seen('kubernetes_pod_container', 'cpu_usage_nanocores', 'namespace', 0)).toEqual([NAMESPACE]);
  });

  it("has every member's own metrics", async () => {
    const members = ['es-1', 'es-2', 'es-3'];
    await until('metrics of the members', 2 * INTERVAL + 5, async () => {
      const found = await seen('prometheus', 'kurrentdb_checkpoints', 'member', 0);
      return JSON.stringify(found) === JSON.stringify(members);
    });
    const labels = await ask('SHOW TAG VALUES FROM "prometheus" WITH KEY IN ("cluster", "namespace")');
    expect(labels[0].values).toEqual([
      ['cluster', 'es'],
      ['namespace', NAMESPACE],
    ]);
  });

  it('keeps figures for as long as it is told', async () => {
    const [{ values }] = await ask('SHOW RETENTION POLICIES ON "k8s"');
    expect(values).toEqual([['default', '36h0m0s', '1h0m0s', 1, true]]);
  });

  it('shows them in Grafana, to everybody in Kubernetes', async () => {
    const grafana = `http://monitoring-grafana.${NAMESPACE}.svc.cluster.local`;
    const found = JSON.parse((await client.get(`${grafana}/api/search`)).body);
    expect(found.map(({ title }: Manifest) => title).sort()).toEqual(['Benchmark', 'EventStore', 'Pods']);
    const query = 'SHOW TAG VALUES FROM "kubernetes_pod_container" WITH KEY = "pod_name"';
    const url = `${grafana}/api/datasources/proxy/uid/eventstore/query?q=${encodeURIComponent(query)}`;
    await until('an answer of InfluxDB through Grafana', 30, async () => (await client.get(url)).body.includes('es-1'));
  });

  it('lets nobody write to InfluxDB but pods with the label of writers', async () => {
    const url = `http://monitoring-influxdb.${NAMESPACE}.svc.cluster.local:8086/ping`;
    expect((await client.get(url)).status).toBe(0);
    const writer = await Client.start(NAMESPACE, 'writer', { cluster: 'monitoring' });
    expect((await writer.get(url)).status).toBe(204);
    // and the label opens nothing else
    expect((await writer.get(`${es.service}/info`)).status).toBe(0);
  });

  it('may read figures, and nothing else that it could be asked for', async () => {
    const can = async (verb: string, resource: string) => {
      const user = `system:serviceaccount:${NAMESPACE}:monitoring-telegraf`;
      const [kind, part] = resource.split('/');
      const what = part ? [kind, `--subresource=${part}`] : [kind];
      return (await tryKubectl('auth', 'can-i', verb, ...what, '-A', `--as=${user}`)).stdout.trim();
    };
    expect(await Promise.all([can('get', 'nodes/stats'), can('get', 'nodes/pods'), can('list', 'nodes')])).toEqual([
      'yes',
      'yes',
      'yes',
    ]);
    const no = [
      'get nodes/proxy',
      'create nodes/proxy',
      'get nodes/log',
      'get secrets',
      'list pods',
      'create pods/exec',
    ];
    for (const question of no) {
      const [verb, resource] = question.split(' ');
      expect(await can(verb, resource), question).toBe('no');
    }
  });

  it('is refused by the kubelets without its rights, and goes on when it has them again', async () => {
    await kubectl('delete', 'clusterrolebinding', `${NAMESPACE}-monitoring-telegraf`);
    // the kubelets remember their answers for a while, and the API server is asked first
    await until('a refusal', 120, async () =>
      /forbidden|403/i.test(await kubectl('-n', NAMESPACE, 'logs', 'deployment/monitoring-telegraf', '--tail=20')),
    );
    await must('kubectl', ['apply', '-f', es.folder]);
    const since = Date.now();
    await until('figures again', 120, async () =>
      (await seen('kubernetes_pod_container', 'cpu_usage_nanocores', 'pod_name', since)).includes('es-1'),
    );
  });
});
