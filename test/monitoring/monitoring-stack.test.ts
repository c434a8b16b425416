import { Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { FrontendExposure, MonitoringCollector, type MonitoringStackProps } from '../../lib';
import { codeOf, containerOf, find, generate, type Manifest } from '../helpers';
import { configMap, monitor, SECURE, Stacks, telegrafConf } from './stack';

const { CLUSTER, INTERNAL, PUBLIC } = FrontendExposure;
const environment = (workload: Manifest): Record<string, Manifest> =>
  Object.fromEntries(containerOf(workload).env.map((each: Manifest) => [each.name, each.value ?? each.valueFrom]));

describe('MonitoringStack', () => {
  it('keeps the names of 2017: Services, ports and the database', () => {
    const { manifests, stack } = monitor();
    expect(find(manifests, 'Service', 'monitoring-influxdb').spec.ports).toEqual([{ name: 'http', port: 8086 }]);
    expect(find(manifests, 'Service', 'monitoring-grafana').spec.ports[0]).toMatchObject({ port: 80 });
    expect(stack.database).toBe('k8s');
    expect(stack.influxdbUrl).toBe('http://monitoring-influxdb.eventstore.svc.cluster.local:8086');
    expect(telegrafConf(monitor())).toContain('database = "k8s"');
  });

  it('may read the figures of machines and the lists of their pods, and nothing else', () => {
    const { rules } = find(monitor().manifests, 'ClusterRole');
    expect(rules).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
      { apiGroups: [''], resources: ['nodes/stats', 'nodes/pods'], verbs: ['get'] },
    ]);
  });

  it('gets nodes/proxy on request only, and says what that allows', () => {
    const { manifests, warnings } = monitor({ nodesProxy: true });
    expect(find(manifests, 'ClusterRole').rules[1].resources).toContain('nodes/proxy');
    expect(warnings).toEqual(['ES501W']);
    expect(monitor().warnings).toEqual([]);
  });

  it('binds the role to its own ServiceAccount', () => {
    const { manifests } = monitor();
    expect(find(manifests, 'ClusterRoleBinding')).toMatchObject({
      roleRef: { kind: 'ClusterRole', name: 'eventstore-monitoring-telegraf' },
      subjects: [{ kind: 'ServiceAccount', name: 'monitoring-telegraf', namespace: 'eventstore' }],
    });
    const { spec } = find(manifests, 'Deployment', 'monitoring-telegraf').spec.template;
    expect(spec.serviceAccountName).toBe('monitoring-telegraf');
    expect(spec.volumes[1].projected.sources[0]).toEqual({
      serviceAccountToken: { path: 'token', expirationSeconds: 3600 },
    });
  });

  it('has a token in the collector alone', () => {
    for (const { kind, metadata, spec } of monitor().manifests) {
      if (kind !== 'Deployment') continue;
      const pod = spec.template.spec;
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.volumes.some((volume: Manifest) => volume.projected?.sources[0]?.serviceAccountToken)).toBe(
        metadata.name === 'monitoring-telegraf',
      );
    }
  });

  it('leaves the files of the cluster and the front end as they are', () => {
    const without = generate({ monitoring: 'none' });
    expect(generate({ monitoring: 'influxdb' }).slice(0, without.length)).toEqual(without);
  });

  it('rolls the collector when its configuration changes, and only then', () => {
    const name = (props: Partial<MonitoringStackProps>, nodes = 3) =>
      configMap(monitor(props, { nodes }).manifests, 'monitoring-telegraf-').metadata.name;
    expect(name({})).toBe(name({ grafanaExposure: CLUSTER, retention: Duration.days(3) }));
    expect(name({})).not.toBe(name({}, 5));
    const { manifests } = monitor();
    const { volumes } = find(manifests, 'Deployment', 'monitoring-telegraf').spec.template.spec;
    expect(volumes[0].configMap.name).toBe(configMap(manifests, 'monitoring-telegraf-').metadata.name);
  });

  it('looks at clusters in other namespaces, and is let in there by a policy of its own', () => {
    const stacks = new Stacks();
    const clusters = [stacks.cluster({}, 'orders'), stacks.cluster({ nodes: 1 }, 'billing')];
    const { manifests, stack } = stacks.monitor({ clusters }, 'watch');
    const conf = configMap(manifests, 'monitoring-telegraf-').data['telegraf.conf'];
    for (const url of ['es-3.es-nodes.orders', 'es-1.es-nodes.billing']) {
      expect(conf).toContain(`urls = ["http://${url}.svc.cluster.local:2113/metrics"]`);
    }
    expect(conf).toContain("tags.namespace in ['billing', 'orders', 'watch']");
    const admitted = manifests.filter(({ metadata }) => metadata.name === 'es-from-watch-monitoring-telegraf');
    expect(admitted.map(({ metadata }) => metadata.namespace)).toEqual(['orders', 'billing']);
    expect(admitted[0].spec.podSelector.matchLabels).toEqual(clusters[0].memberLabels);
    expect(admitted[0].spec.ingress[0].from[0]).toMatchObject({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'watch' } },
      podSelector: { matchLabels: { 'app.kubernetes.io/component': 'telegraf' } },
    });
    expect(stack.namespace).toBe('watch');
  });

  it('keeps figures for as long as it is told, also after a change', () => {
    const [, , prepare] = containerOf(
      find(monitor({ retention: Duration.hours(36) }).manifests, 'Deployment', 'monitoring-influxdb'),
    ).lifecycle.postStart.exec.command;
    expect(prepare).toContain('DURATION 36h SHARD DURATION 1h DEFAULT');
    expect(JSON.stringify(monitor().manifests)).toContain('DURATION 14d SHARD DURATION 1d DEFAULT');
    expect(JSON.stringify(monitor({ retention: Duration.minutes(90) }).manifests)).toContain('DURATION 90m SHARD');
  });

  it("keeps figures on the pod's disk, or on a claim", () => {
    const volume = (manifests: Manifest[]) =>
      find(manifests, 'Deployment', 'monitoring-influxdb').spec.template.spec.volumes[0];
    expect(volume(monitor().manifests)).toEqual({ name: 'data', emptyDir: { sizeLimit: '5Gi' } });
    const { manifests, stack } = monitor({ storageClassName: 'managed-csi', storageSize: Size.gibibytes(32) });
    expect(volume(manifests)).toEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: stack.influxdbClaim?.name },
    });
    expect(find(manifests, 'PersistentVolumeClaim').spec).toMatchObject({
      storageClassName: 'managed-csi',
      resources: { requests: { storage: '32Gi' } },
    });
  });

  it('never runs two InfluxDBs on one volume', () => {
    expect(find(monitor().manifests, 'Deployment', 'monitoring-influxdb').spec.strategy).toEqual({ type: 'Recreate' });
  });

  it('lets nobody in at InfluxDB but its own parts and pods with the label of writers', () => {
    const { manifests, stack } = monitor();
    const [{ from, ports }] = find(manifests, 'NetworkPolicy', 'monitoring-influxdb').spec.ingress;
    expect(ports).toEqual([{ port: 8086, protocol: 'TCP' }]);
    expect(from.map((peer: Manifest) => peer.podSelector.matchLabels)).toEqual([
      expect.objectContaining({ 'app.kubernetes.io/component': 'telegraf' }),
      expect.objectContaining({ 'app.kubernetes.io/component': 'grafana' }),
      stack.writerLabels,
    ]);
    expect(stack.writerLabels).toEqual({ 'monitoring-client': 'true' });
  });

  it('admits two stacks in one app under two names', () => {
    const stacks = new Stacks();
    const clusters = [stacks.cluster()];
    stacks.monitor({ clusters });
    stacks.monitor({ clusters }, 'eventstore', 'second');
    const names = stacks.manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('Grafana', () => {
  const grafana = (props: Partial<MonitoringStackProps> = {}) =>
    find(monitor(props).manifests, 'Deployment', 'monitoring-grafana');
  const service = (props: Partial<MonitoringStackProps>) =>
    find(monitor(props).manifests, 'Service', 'monitoring-grafana');
  const SECRET = { grafanaSecretName: 'grafana-admin' };

  it('shows everything to everybody in Kubernetes, lets nobody change anything, and has no password', () => {
    expect(environment(grafana())).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    });
    expect(JSON.stringify(grafana())).not.toMatch(/password/i);
    expect(service({}).spec.type).toBeUndefined();
  });

  it.each([INTERNAL, PUBLIC])(
    'exposed (%s) it asks for a login with the administrator of a Secret',
    (grafanaExposure) => {
      const variables = environment(grafana({ ...SECRET, grafanaExposure }));
      expect(variables).toMatchObject({
        GF_AUTH_ANONYMOUS_ENABLED: 'false',
        GF_SECURITY_ADMIN_PASSWORD__FILE: '/etc/monitoring/admin/admin-password',
      });
      expect(variables).not.toHaveProperty('GF_AUTH_ANONYMOUS_ORG_ROLE');
      expect(grafana({ ...SECRET, grafanaExposure }).spec.template.spec.volumes).toContainEqual({
        name: 'admin',
        secret: { secretName: 'grafana-admin', defaultMode: 0o440 },
      });
      expect(service({ ...SECRET, grafanaExposure }).spec.type).toBe('LoadBalancer');
    },
  );

  it('keeps an internal load balancer internal', () => {
    const annotation = 'service.beta.kubernetes.io/azure-load-balancer-internal';
    expect(service({ ...SECRET, grafanaExposure: INTERNAL }).metadata.annotations).toEqual({ [annotation]: 'true' });
    expect(service({ ...SECRET, grafanaExposure: PUBLIC }).metadata.annotations).toBeUndefined();
  });

  it('speaks TLS with a certificate, and is asked for its health that way', () => {
    const tls = { ...SECRET, grafanaExposure: PUBLIC, grafanaTlsSecretName: 'door' };
    expect(environment(grafana(tls))).toMatchObject({
      GF_SERVER_PROTOCOL: 'https',
      GF_SERVER_CERT_KEY: '/etc/monitoring/tls/tls.key',
    });
    expect(containerOf(grafana(tls)).readinessProbe.httpGet.scheme).toBe('HTTPS');
    expect(service(tls).spec.ports).toEqual([{ name: 'https', port: 443, targetPort: 'http' }]);
    expect([monitor(tls).warnings, monitor({ ...SECRET, grafanaExposure: PUBLIC }).warnings]).toEqual([[], ['ES503W']]);
  });

  it('finds its data source and its dashboards where they are mounted', () => {
    const { manifests } = monitor();
    const { data } = configMap(manifests, 'monitoring-grafana-');
    const [datasources, providers] = ['datasources.yaml', 'dashboards.yaml'].map((file) =>
      parseAllDocuments(data[file])[0].toJS(),
    );
    expect(datasources.datasources).toMatchObject([
      { type: 'influxdb', uid: 'eventstore', url: monitor().stack.influxdbUrl, jsonData: { dbName: 'k8s' } },
    ]);
    const mounts = containerOf(find(manifests, 'Deployment', 'monitoring-grafana')).volumeMounts;
    expect(mounts.map(({ mountPath }: Manifest) => mountPath)).toContain(providers.providers[0].options.path);
  });

  it('has one ConfigMap for each dashboard, all mounted, none too large for kubectl apply', () => {
    const { manifests } = monitor({ collector: MonitoringCollector.HEAPSTER });
    for (const stack of [manifests, monitor().manifests]) {
      const dashboards = stack.filter(({ metadata }) => metadata.name.startsWith('monitoring-dashboard-'));
      const { volumes } = find(stack, 'Deployment', 'monitoring-grafana').spec.template.spec;
      expect(volumes[1].projected.sources.map(({ configMap }: Manifest) => configMap.name)).toEqual(
        dashboards.map(({ metadata }) => metadata.name),
      );
      for (const dashboard of dashboards) {
        expect(JSON.stringify(dashboard).length).toBeLessThan(262_144);
        for (const text of Object.values(dashboard.data)) {
          const panels: Manifest[] = JSON.parse(text as string).panels.filter(({ type }: Manifest) => type !== 'row');
          expect(panels.map(({ datasource }) => datasource.uid)).toEqual(panels.map(() => 'eventstore'));
        }
      }
    }
  });
});

describe('a secure cluster', () => {
  it('is read with a user from a Secret, over TLS that is checked', () => {
    const monitored = monitor({ credentialsSecretName: 'metrics-user' }, { security: SECURE });
    const conf = telegrafConf(monitored);
    expect(conf).toContain('urls = ["https://es-1.es-nodes.eventstore.svc.cluster.local:2113/metrics"]');
    expect(conf).toContain('password = "${EVENTSTORE_PASSWORD}"');
    expect(conf).toContain('tls_ca = "/etc/monitoring-ca/es-tls/ca.crt"');
    const deployment = find(monitored.manifests, 'Deployment', 'monitoring-telegraf');
    expect(environment(deployment)).toEqual({
      EVENTSTORE_USERNAME: { secretKeyRef: { name: 'metrics-user', key: 'username' } },
      EVENTSTORE_PASSWORD: { secretKeyRef: { name: 'metrics-user', key: 'password' } },
    });
    expect(containerOf(deployment).command).toContain('--strict-env-handling');
    expect(deployment.spec.template.spec.volumes.at(-1)).toEqual({
      name: 'ca-0',
      secret: { secretName: 'es-tls', defaultMode: 0o440, items: [{ key: 'ca.crt', path: 'ca.crt' }] },
    });
  });

  it("elsewhere is trusted by the authority in the same Secret, since another namespace's cannot be mounted", () => {
    const stacks = new Stacks();
    const clusters = [stacks.cluster({ security: SECURE }, 'orders')];
    const monitored = stacks.monitor({ clusters, credentialsSecretName: 'metrics-user' });
    expect(telegrafConf(monitored)).toContain('tls_ca = "/etc/monitoring-ca/metrics-user/ca.crt"');
  });
});

describe('heapster', () => {
  const { manifests, warnings } = monitor({ collector: MonitoringCollector.HEAPSTER });

  it('is the collector of 2017, with its source, sink and rights, and a warning', () => {
    expect(containerOf(find(manifests, 'Deployment', 'monitoring-heapster')).command.slice(1)).toEqual([
      expect.stringMatching(/^--source=kubernetes\.summary_api:https:\/\/kubernetes\.default\?.*kubeletPort=10250/),
      '--sink=influxdb:http://monitoring-influxdb.eventstore.svc:8086',
    ]);
    expect(find(manifests, 'ClusterRole').rules.flatMap(({ resources }: Manifest) => resources)).toEqual([
      'nodes',
      'pods',
      'namespaces',
      'nodes/stats',
    ]);
    expect(warnings).toEqual(['ES502W']);
  });

  it('takes the place of Telegraf', () => {
    expect(JSON.stringify(manifests)).not.toMatch(/telegraf/i);
  });

  it('writes into the retention that it knows by name', () => {
    expect(JSON.stringify(find(manifests, 'Deployment', 'monitoring-influxdb'))).toContain('WITH NAME \\"default\\"');
  });

  it('needs no user, since it does not look at the database', () => {
    expect(() => monitor({ collector: MonitoringCollector.HEAPSTER }, { security: SECURE })).not.toThrow();
  });
});

describe('what cannot be monitored, kept or exposed', () => {
  it.each([INTERNAL, PUBLIC])('ES501: Grafana is exposed (%s) without a Secret', (grafanaExposure) => {
    expect(codeOf(() => monitor({ grafanaExposure }))).toBe('ES501');
  });

  it('ES502: a secure cluster without credentials', () => {
    expect(codeOf(() => monitor({}, { security: SECURE }))).toBe('ES502');
  });

  it('ES503: two stacks of one name in one namespace', () => {
    const stacks = new Stacks();
    const clusters = [stacks.cluster()];
    stacks.monitor({ clusters });
    expect(codeOf(() => stacks.monitor({ clusters }))).toBe('ES503');
  });

  it('ES503: two namespaces and names that make one name without a namespace', () => {
    const stacks = new Stacks();
    const clusters = [stacks.cluster()];
    stacks.monitor({ clusters }, 'a-b', 'c');
    expect(codeOf(() => stacks.monitor({ clusters }, 'a', 'b-c'))).toBe('ES503');
  });

  it("ES503: a stack whose Service would be a cluster's", () => {
    const stacks = new Stacks();
    const clusters = [stacks.cluster({}, 'eventstore', 'monitoring-influxdb')];
    expect(codeOf(() => stacks.monitor({ clusters }))).toBe('ES503');
  });

  it.each([Duration.minutes(59), Duration.seconds(90 * 60 + 1), Duration.minutes(0)])(
    'ES504: %s is not kept by InfluxDB',
    (retention) => {
      expect(codeOf(() => monitor({ retention }))).toBe('ES504');
    },
  );

  it('ES504: a benchmark that runs longer than its figures are kept', () => {
    const { stack } = monitor({ retention: Duration.hours(2) });
    expect(() => stack._requireBenchmark(Duration.hours(2))).not.toThrow();
    expect(codeOf(() => stack._requireBenchmark(Duration.minutes(121)))).toBe('ES504');
  });

  it('ES505: a line without /metrics', () => {
    const stacks = new Stacks();
    const cluster = stacks.cluster();
    // all lines that are known here have it
    Object.defineProperty(cluster.release, 'servesMetrics', { value: false });
    expect(codeOf(() => stacks.monitor({ clusters: [cluster] }))).toBe('ES505');
  });

  it('ES506: no cluster, or one twice', () => {
    const stacks = new Stacks();
    const cluster = stacks.cluster();
    expect(codeOf(() => stacks.monitor({ clusters: [] }))).toBe('ES506');
    expect(codeOf(() => stacks.monitor({ clusters: [cluster, cluster] }))).toBe('ES506');
  });

  it.each<[string, Partial<MonitoringStackProps>]>([
    ['ES102', { name: 'Monitoring' }],
    ['ES103', { name: 'm'.repeat(44) }],
    ['ES206', { credentialsSecretName: 'a b' }],
    ['ES206', { grafanaSecretName: 'A' }],
    ['ES207', { storageSize: Size.mebibytes(512) }],
    ['ES208', { storageClassName: 'a b' }],
  ])('%s: %j', (code, props) => {
    expect(codeOf(() => monitor(props))).toBe(code);
  });
});
