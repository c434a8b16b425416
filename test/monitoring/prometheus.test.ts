import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chart, Testing } from 'cdk8s';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EventStoreCluster, EventStoreRelease, EventStoreSecurity, PrometheusMonitoring, warningsOf } from '../../lib';
import { ALERTS, type Alert } from '../../lib/monitoring/alerts';
import type { PrometheusMonitoringProps } from '../../lib/monitoring/prometheus-props';
import { codeOf, find, type Manifest } from '../helpers';
import { needs, tool } from '../tools/tools';
import { CASES, type Series } from './alert-cases';

/** A chart `monitoring` beside a cluster `es` in `eventstore`. */
function monitor(
  props: Partial<PrometheusMonitoringProps> = {},
  { version = '26.0', secure = false, namespace = 'eventstore' } = {},
) {
  const app = Testing.app();
  const security = secure ? EventStoreSecurity.secret({ certificateSecretName: 'es-certificate' }) : undefined;
  const cluster = new EventStoreCluster(new Chart(app, 'eventstore', { namespace: 'eventstore' }), 'es', {
    release: EventStoreRelease.of(version),
    security,
  });
  const chart = new Chart(app, 'monitoring', { namespace });
  const monitoring = new PrometheusMonitoring(chart, 'prometheus', { clusters: [cluster], ...props });
  return { app, chart, cluster, monitoring, manifests: Testing.synth(chart) as Manifest[] };
}

const FAMILIES = { eventstore: '24.10', kurrentdb: '26.0' };

describe('PrometheusMonitoring', () => {
  it('lets the operator scrape each member once, under its name and that of its cluster', () => {
    const { spec } = find(monitor().manifests, 'ServiceMonitor', 'prometheus-eventstore-es');
    expect(spec.namespaceSelector).toEqual({ matchNames: ['eventstore'] });
    expect(spec.endpoints).toHaveLength(1);
    expect(spec.endpoints[0]).toMatchObject({ port: 'http', path: '/metrics', scheme: 'http', interval: '15s' });
    expect(spec.endpoints[0].relabelings).toEqual([
      { action: 'keep', sourceLabels: ['__meta_kubernetes_service_name'], regex: 'es-nodes' },
      { action: 'replace', targetLabel: 'eventstore_cluster', replacement: 'es' },
    ]);
  });

  it('selects a Service that is there, with a port of that name', () => {
    const { chart, cluster, manifests } = monitor();
    const { spec } = find(manifests, 'ServiceMonitor');
    const services = (Testing.synth(Chart.of(cluster)) as Manifest[]).filter(({ kind }) => kind === 'Service');
    const chosen = services.filter(
      ({ metadata }) =>
        Object.entries(spec.selector.matchLabels).every(([key, value]) => metadata.labels[key] === value) &&
        metadata.name === spec.endpoints[0].relabelings[0].regex,
    );
    expect(chosen.map(({ metadata }) => metadata.name)).toEqual(['es-nodes']);
    expect(chosen[0].spec.ports.map((port: Manifest) => port.name)).toContain(spec.endpoints[0].port);
    expect(Chart.of(chart)).toBe(chart);
  });

  it('reads a secure cluster over TLS with a user from a Secret', () => {
    const { manifests } = monitor({ credentialsSecretName: 'metrics-user' }, { secure: true });
    expect(find(manifests, 'ServiceMonitor').spec.endpoints[0]).toMatchObject({
      scheme: 'https',
      basicAuth: {
        username: { name: 'metrics-user', key: 'username' },
        password: { name: 'metrics-user', key: 'password' },
      },
      tlsConfig: {
        ca: { secret: { name: 'es-certificate', key: 'ca.crt' } },
        serverName: 'es-1.es-nodes.eventstore.svc.cluster.local',
      },
    });
  });

  it('takes the authority of a cluster elsewhere from the Secret with the user: Secrets cross no namespace', () => {
    const { manifests } = monitor({ credentialsSecretName: 'metrics-user' }, { secure: true, namespace: 'watch' });
    const { tlsConfig } = find(manifests, 'ServiceMonitor').spec.endpoints[0];
    expect(tlsConfig.ca.secret).toEqual({ name: 'metrics-user', key: 'ca.crt' });
  });

  it("lets Prometheus in at the members, in the cluster's namespace", () => {
    const { metadata, spec } = find(monitor({}, { namespace: 'watch' }).manifests, 'NetworkPolicy');
    expect(metadata.namespace).toBe('eventstore');
    expect(spec.ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        ports: [{ protocol: 'TCP', port: 2113 }],
      },
    ]);
  });

  it("speaks to Azure's collector in its own group, and warns that nobody is warned", () => {
    const { app, manifests, monitoring } = monitor({ azureManaged: true });
    const { apiVersion, spec } = find(manifests, 'ServiceMonitor');
    expect(apiVersion).toBe('azmonitoring.coreos.com/v1');
    expect(spec).toMatchObject({ labelLimit: 63, labelNameLengthLimit: 511, labelValueLengthLimit: 1023 });
    expect(manifests.filter(({ kind }) => kind === 'PrometheusRule')).toEqual([]);
    expect(monitoring.rules).toContain('EventStoreNoLeader');
    expect(find(manifests, 'NetworkPolicy').spec.ingress[0].from[0].namespaceSelector.matchLabels).toEqual({
      'kubernetes.io/metadata.name': 'kube-system',
    });
    expect(warningsOf(app).map(({ code }) => code)).toContain('ES510W');
  });

  it('gives the operator labels to find its objects by', () => {
    const { manifests } = monitor({ labels: { release: 'kps' } });
    for (const kind of ['ServiceMonitor', 'PrometheusRule']) {
      expect(find(manifests, kind).metadata.labels.release).toBe('kps');
    }
  });

  it('brings the dashboards for the sidecar, on the data source that was named', () => {
    const { manifests } = monitor({ datasourceUid: 'thanos' });
    const maps = manifests.filter(({ kind }) => kind === 'ConfigMap');
    expect(maps.map(({ metadata }) => metadata.name)).toEqual([
      'prometheus-dashboard-pods',
      'prometheus-dashboard-eventstore',
      'prometheus-dashboard-benchmark',
    ]);
    for (const { metadata, data } of maps) {
      expect(metadata.labels.grafana_dashboard).toBe('1');
      const dashboard = JSON.parse(Object.values<string>(data)[0]);
      const charts = dashboard.panels.filter(({ type }: Manifest) => type !== 'row');
      expect(new Set(charts.map((panel: Manifest) => panel.datasource.uid))).toEqual(new Set(['thanos']));
    }
  });

  it('refuses what cannot be read, and names that are taken', () => {
    expect(codeOf(() => monitor({}, { secure: true }))).toBe('ES502');
    expect(codeOf(() => monitor({ clusters: [] }))).toBe('ES506');
    expect(codeOf(() => monitor({ datasourceUid: 'my source' }))).toBe('ES510');
    expect(codeOf(() => monitor({ labels: { release: 'my release' } }))).toBe('ES511');
    expect(codeOf(() => monitor({ prometheusNamespace: 'Monitoring' }))).toBe('ES102');
    const { chart, cluster } = monitor();
    const again = () => new PrometheusMonitoring(chart, 'second', { name: 'prometheus', clusters: [cluster] });
    expect(codeOf(again)).toBe('ES503');
  });
});

describe.skipIf(needs('promtool'))('the alerts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(tool('promtool')!, args, { cwd: folder, encoding: 'utf8' });
    return { status, text: `${stdout}${stderr}` };
  };

  it('are all tried: each has a case that fires and one that does not', () => {
    expect(Object.keys(CASES).sort()).toEqual(ALERTS.map(({ name, severity }) => `${name} ${severity}`).sort());
  });

  describe.each(Object.entries(FAMILIES))('with metrics called %s_…', (prefix, version) => {
    const rules = `${prefix}.rules.yaml`;
    writeFileSync(join(folder, rules), monitor({}, { version }).monitoring.rules);

    it('are rules that Prometheus takes', () => {
      const { status, text } = promtool('check', 'rules', rules);
      expect(text).toContain(`SUCCESS: ${ALERTS.length} rules found`);
      expect(status).toBe(0);
    });

    it('fire when they should and only then', () => {
      const [group] = parse(monitor({}, { version }).monitoring.rules).groups;
      const files = ALERTS.map((alert, index) => {
        // each rule alone beside its cases: all rules beside all cases take minutes
        const own = `${prefix}-${index}.rules.yaml`;
        writeFileSync(join(folder, own), JSON.stringify({ groups: [{ ...group, rules: [group.rules[index]] }] }));
        const file = `${prefix}-${index}.test.yaml`;
        writeFileSync(
          join(folder, file),
          JSON.stringify({ rule_files: [own], evaluation_interval: '30s', tests: tests(alert, prefix) }),
        );
        return file;
      });
      const { status, text } = promtool('test', 'rules', ...files);
      expect(text).not.toContain('FAILED');
      expect(text.match(/SUCCESS/g)).toHaveLength(ALERTS.length);
      expect(status).toBe(0);
    });
  });

  /** What promtool is to find: nothing at first, the alert after its time, and never where all is well. */
  function tests({ name, severity, for: held }: Alert, prefix: string): object[] {
    const { fires, quiet, after } = CASES[`${name} ${severity}`];
    const expr = `count(ALERTS{alertname="${name}",severity="${severity}",eventstore_cluster="es",alertstate="firing"})`;
    const at = (time: string, value?: number) => ({
      expr,
      eval_time: time,
      exp_samples: value === undefined ? [] : [{ labels: '{}', value }],
    });
    const test = (series: Series[], ...promql_expr_test: object[]) => ({
      interval: '15s',
      input_series: series.map((one) => ({ series: written(one, prefix), values: one.values })),
      promql_expr_test,
    });
    return [test(fires, ...(held ? [at('30s')] : []), at(`${after}m`, 1)), test(quiet, at(`${after}m`))];
  }

  /** A series as promtool takes it, under the names of a release. */
  function written({ name, labels, kind }: Series, prefix: string): string {
    const total = kind === 'counter' && prefix === 'kurrentdb' ? '_total' : '';
    const own = kind === 'foreign' ? {} : { namespace: 'eventstore', eventstore_cluster: 'es' };
    const all = Object.entries({ ...own, ...labels }).map(([key, value]) => `${key}="${value}"`);
    return `${kind === 'foreign' ? name : `${prefix}_${name}${total}`}{${all.join(',')}}`;
  }
});
