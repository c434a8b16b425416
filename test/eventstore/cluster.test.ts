import { ApiObject, App, Chart, Duration, JsonPatch, Size, Testing } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  EventStoreCluster,
  type EventStoreClusterProps,
  EventStoreProjections,
  EventStoreRelease,
  EventStoreSecurity,
  EventStoreSpread,
  EventStoreStorage,
  warningsOf,
} from '../../lib';
import { codeOf, containerOf, environmentOf, find, makeCluster, manifestsOf, synthesize } from '../helpers';

const NAMES = [1, 2, 3].map((i) => `es-${i}.es-nodes.eventstore.svc.cluster.local`);

describe('a cluster', () => {
  it('is one StatefulSet whose pods are es-1, es-2, es-3 and start together', () => {
    const { metadata, spec } = find(synthesize(), 'StatefulSet');
    expect(metadata).toMatchObject({ name: 'es', namespace: 'eventstore' });
    expect(spec).toMatchObject({
      replicas: 3,
      ordinals: { start: 1 },
      podManagementPolicy: 'Parallel',
      serviceName: 'es-nodes',
    });
  });

  it('starts the server through start.sh, which is PID 1', () => {
    const container = containerOf(find(synthesize(), 'StatefulSet'));
    expect(container.command).toEqual(['/bin/sh', '/start/start.sh', '/opt/kurrentdb/KurrentDB']);
    expect(container.readinessProbe.exec.command).toEqual(['/bin/sh', '/start/start.sh', 'ready']);
    expect(container.args).toBeUndefined();
  });

  it('rolls its pods when start.sh changes, and only then for its sake', () => {
    const manifests = synthesize();
    const pod = find(manifests, 'StatefulSet').spec.template.spec;
    const { name } = pod.volumes.find((volume: { name: string }) => volume.name === 'start').configMap;
    expect(name).toMatch(/^es-start-[0-9a-f]{10}$/);
    expect(find(manifests, 'ConfigMap', name).data['start.sh']).toMatch(/^#!\/bin\/sh\n/);
  });

  it('tells each member its own name and all of them the same seeds, spelled as advertised, in their order', () => {
    const env = environmentOf(synthesize());
    expect(env.KURRENTDB_GOSSIP_SEED).toBe(NAMES.map((name) => `${name}:2113`).join(','));
    expect(env.KURRENTDB_NODE_HOST_ADVERTISE_AS).toBe('$(POD_NAME).es-nodes.eventstore.svc.cluster.local');
    expect(env.KURRENTDB_REPLICATION_HOST_ADVERTISE_AS).toBe(env.KURRENTDB_NODE_HOST_ADVERTISE_AS);
    expect(env.POD_NAME).toEqual({ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } });
    expect(env.KURRENTDB_DISCOVER_VIA_DNS).toBe('false');
    expect(env.KURRENTDB_CLUSTER_SIZE).toBe('3');
  });

  it('gives a single member neither seeds nor a disruption budget', () => {
    const manifests = synthesize({ nodes: 1 });
    const env = environmentOf(manifests);
    expect(env.KURRENTDB_CLUSTER_SIZE).toBe('1');
    expect(Object.keys(env).filter((name) => /GOSSIP_SEED|DISCOVER/.test(name))).toEqual([]);
    expect(manifests.filter((m) => m.kind === 'PodDisruptionBudget')).toEqual([]);
  });

  it.each([
    [3, 1],
    [5, 2],
    [7, 3],
  ])('lets a drain take of %i members %i at a time', (nodes, maxUnavailable) => {
    const { spec } = find(synthesize({ nodes }), 'PodDisruptionBudget');
    expect(spec.maxUnavailable).toBe(maxUnavailable);
    expect(spec.minAvailable).toBeUndefined();
  });

  it('keeps members that are not ready from eviction only where their data would be gone with them', () => {
    const policy = (storage: EventStoreStorage) =>
      find(synthesize({ storage }), 'PodDisruptionBudget').spec.unhealthyPodEvictionPolicy;
    expect(policy(EventStoreStorage.podStorage())).toBe('IfHealthyBudget');
    expect(policy(EventStoreStorage.persistentVolume())).toBe('AlwaysAllow');
    expect(policy(EventStoreStorage.azureFile())).toBe('AlwaysAllow');
  });

  it('shows members to each other before they are ready, and to clients when they are', () => {
    const manifests = synthesize();
    const nodes = find(manifests, 'Service', 'es-nodes').spec;
    expect(nodes).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(find(manifests, 'Service', 'es').spec.publishNotReadyAddresses).toBeUndefined();
    expect(find(manifests, 'Service', 'es-2').spec.selector).toEqual({ 'statefulset.kubernetes.io/pod-name': 'es-2' });
  });

  it('lets in its members and pods with the client label, also from the namespaces that are named', () => {
    const { ingress, egress } = find(synthesize({ clientNamespaces: ['shop'] }), 'NetworkPolicy').spec;
    const ports = (rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port);
    expect(ports(ingress[0])).toEqual([2113, 1112]);
    expect(ports(ingress[1])).toEqual([2113]);
    expect(ingress[1].from).toEqual([
      { podSelector: { matchLabels: { 'es-client': 'true' } } },
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
        podSelector: { matchLabels: { 'es-client': 'true' } },
      },
    ]);
    expect(egress.map(ports)).toEqual([
      [2113, 1112],
      [53, 53],
    ]);
  });

  it('opens HTTPS to the outside only for a licence or telemetry', () => {
    const ports = (props: EventStoreClusterProps) =>
      find(synthesize(props), 'NetworkPolicy').spec.egress.flatMap((rule: { ports: { port: number }[] }) =>
        rule.ports.map(({ port }) => port),
      );
    expect(ports({})).not.toContain(443);
    expect(ports({ licenseSecretName: 'licence' })).toContain(443);
    expect(ports({ settings: { telemetry: true } })).toContain(443);
  });

  it('tells clients how to connect', () => {
    const { data } = find(synthesize(), 'ConfigMap', 'es-connection');
    expect(data.connectionString).toBe(`kurrentdb://${NAMES.map((name) => `${name}:2113`).join(',')}?tls=false`);
    expect(data.url).toBe('http://es.eventstore.svc.cluster.local:2113');
    expect(data.notes).toMatch(/persistent subscriptions/);
    const old = synthesize({ release: EventStoreRelease.of('24.10') });
    expect(find(old, 'ConfigMap', 'es-connection').data.connectionString).toMatch(/^esdb:/);
  });

  it('runs as the user of its line', () => {
    const security = (line: string) =>
      find(synthesize({ release: EventStoreRelease.of(line) }), 'StatefulSet').spec.template.spec.securityContext;
    expect(security('25.1')).toMatchObject({ runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 });
    expect(security('26.0')).toMatchObject({ runAsUser: 1001, runAsGroup: 1001, fsGroup: 1001 });
  });

  it('speaks with the prefix of its line', () => {
    const env = environmentOf(synthesize({ release: EventStoreRelease.of('23.10') }));
    expect(env.SERVER_ENV_PREFIX).toBe('EVENTSTORE');
    expect(env.EVENTSTORE_CLUSTER_SIZE).toBe('3');
    expect(env.EVENTSTORE_STREAM_INFO_CACHE_CAPACITY).toBe('100000');
    expect(Object.keys(env).filter((name) => name.startsWith('KURRENTDB_'))).toEqual([]);
  });

  it('asks for a little and may use more', () => {
    const { resources } = containerOf(find(synthesize(), 'StatefulSet'));
    expect(resources.requests).toMatchObject({ cpu: '500m', memory: '1Gi' });
    expect(resources.limits).toMatchObject({ cpu: '2', memory: '2Gi' });
  });

  it('reserves on the pod’s own disk what pod storage may keep', () => {
    const { resources } = containerOf(
      find(synthesize({ storage: EventStoreStorage.podStorage({ sizeLimit: Size.gibibytes(20) }) }), 'StatefulSet'),
    );
    expect(resources.requests['ephemeral-storage']).toBe('20544Mi');
  });

  it('keeps two members off one machine unless told that it may', () => {
    const hosts = (spread?: EventStoreSpread) =>
      find(synthesize({ spread }), 'StatefulSet').spec.template.spec.topologySpreadConstraints.map(
        (constraint: { whenUnsatisfiable: string }) => constraint.whenUnsatisfiable,
      );
    expect(hosts()).toEqual(['DoNotSchedule', 'ScheduleAnyway']);
    expect(hosts(EventStoreSpread.PREFERRED)).toEqual(['ScheduleAnyway', 'ScheduleAnyway']);
  });
});

describe('security', () => {
  const secure = EventStoreSecurity.secret({ certificateSecretName: 'es-tls', passwordSecretName: 'es-passwords' });

  it('mounts the authority alone in the trust directory', () => {
    const pod = find(synthesize({ security: secure }), 'StatefulSet').spec.template.spec;
    const secrets = pod.volumes.filter((volume: { secret?: unknown }) => volume.secret);
    expect(secrets.map((v: { secret: { items: { key: string }[] } }) => v.secret.items.map(({ key }) => key))).toEqual([
      ['tls.crt', 'tls.key'],
      ['ca.crt'],
    ]);
    const env = environmentOf(synthesize({ security: secure }));
    expect(env.KURRENTDB_TRUSTED_ROOT_CERTIFICATES_PATH).toBe('/certs/ca');
    expect(env.KURRENTDB_INSECURE).toBeUndefined();
  });

  it('takes passwords by reference', () => {
    const env = environmentOf(synthesize({ security: secure }));
    expect(env.KURRENTDB_DEFAULT_ADMIN_PASSWORD).toEqual({ secretKeyRef: { name: 'es-passwords', key: 'admin' } });
  });

  it('tells start.sh how to reach its own server by the name on the certificate', () => {
    const env = environmentOf(synthesize({ security: secure }));
    expect(env.LOCAL_URL).toBe('https://$(POD_NAME).es-nodes.eventstore.svc.cluster.local:2113');
    expect(env.CURL_OPTIONS).toContain('--resolve $(POD_NAME).es-nodes.eventstore.svc.cluster.local:2113:127.0.0.1');
    expect(env.CURL_OPTIONS).toContain('--cacert /certs/ca/ca.crt');
  });

  it('asks and tells everything over TLS', () => {
    const manifests = synthesize({ security: secure });
    expect(containerOf(find(manifests, 'StatefulSet')).livenessProbe.httpGet.scheme).toBe('HTTPS');
    const { data } = find(manifests, 'ConfigMap', 'es-connection');
    expect(data.connectionString).toMatch(/\?tls=true$/);
    expect(data.url).toMatch(/^https:/);
  });
});

describe('settings', () => {
  it('sets what was asked for, in the server’s words and units', () => {
    const env = environmentOf(
      synthesize({
        settings: {
          runProjections: EventStoreProjections.SYSTEM,
          chunksCacheSize: Size.mebibytes(128),
          gossipTimeout: Duration.seconds(3),
          statsPeriod: Duration.minutes(1),
          telemetry: true,
        },
        extraSettings: { MaxAutoMergeIndexLevel: '4', KURRENTDB_INDEX_CACHE_DEPTH: '18' },
      }),
    );
    expect(env).toMatchObject({
      KURRENTDB_RUN_PROJECTIONS: 'System',
      KURRENTDB_CHUNKS_CACHE_SIZE: String(128 * 1024 * 1024),
      KURRENTDB_GOSSIP_TIMEOUT_MS: '3000',
      KURRENTDB_STATS_PERIOD_SEC: '60',
      KURRENTDB_TELEMETRY_OPTOUT: 'false',
      KURRENTDB_MAX_AUTO_MERGE_INDEX_LEVEL: '4',
      KURRENTDB_INDEX_CACHE_DEPTH: '18',
    });
  });

  it('leaves the server’s defaults to the server', () => {
    const env = environmentOf(synthesize());
    expect(Object.keys(env).filter((name) => /CHUNKS_CACHE|PROJECTIONS|STATS_PERIOD|LOG_LEVEL/.test(name))).toEqual([]);
  });

  it('turns secondary indexes off on SMB, on lines that have them, unless told otherwise', () => {
    const value = (line: string, secondaryIndexes?: boolean) =>
      environmentOf(
        synthesize({
          release: EventStoreRelease.of(line),
          storage: EventStoreStorage.azureFile(),
          settings: { secondaryIndexes },
        }),
      ).KURRENTDB_SECONDARY_INDEXING__ENABLED;
    expect([value('26.0'), value('26.0', true), value('24.10')]).toEqual(['false', 'true', undefined]);
    expect(environmentOf(synthesize()).KURRENTDB_SECONDARY_INDEXING__ENABLED).toBeUndefined();
  });

  it('takes a licence by reference', () => {
    const env = environmentOf(
      synthesize({ licenseSecretName: 'licence', extraSettings: { AutoScavenge__Enabled: 'true' } }),
    );
    expect(env.KURRENTDB_LICENSING__LICENSE_KEY).toEqual({ secretKeyRef: { name: 'licence', key: 'licenseKey' } });
    expect(env.KURRENTDB_AUTO_SCAVENGE__ENABLED).toBe('true');
  });

  it.each([
    ['an option that the line lacks', 'ES402', { ExtIp: '0.0.0.0' }],
    ['a misspelt option', 'ES402', { ClustrSize: '3' }],
    ['a licensed option without a licence', 'ES403', { Archiver: 'true' }],
    ['an option with a typed setting', 'ES405', { EnableAtomPubOverHttp: 'false' }],
    ['an option that the cluster sets', 'ES405', { NodeIp: '1.2.3.4' }],
    ['a name for clients, which hides a member’s own', 'ES405', { AdvertiseHostToClientAs: 'es.example' }],
    ['an empty value', 'ES406', { IndexCacheDepth: '' }],
    ['yes for true', 'ES406', { SkipIndexVerify: 'yes' }],
    ['a word for a number', 'ES406', { IndexCacheDepth: 'deep' }],
    ['an admin password on an insecure cluster', 'ES310', { DefaultAdminPassword: 'x' }],
    ['a secret value', 'ES311', { CertificatePassword: 'x' }],
  ])('refuses %s', (_, code, extraSettings: { [option: string]: string }) => {
    expect(codeOf(() => synthesize({ extraSettings }))).toBe(code);
  });

  it('names the line’s own spelling', () => {
    expect(() => synthesize({ extraSettings: { ExtIp: '0.0.0.0' } })).toThrow(/NodeIp.*KURRENTDB_NODE_IP/);
    const { settings } = { settings: { leaderElectionTimeout: Duration.millis(500) } };
    expect(codeOf(() => synthesize({ settings }))).toBe('ES406');
  });
});

describe('rules and warnings', () => {
  it.each([0, 2, 4, 6, 8, -1, 2.5, Number.NaN])('refuses %d nodes', (nodes) => {
    expect(codeOf(() => synthesize({ nodes }))).toBe('ES101');
  });

  it('says why an even cluster is refused', () => {
    expect(() => synthesize({ nodes: 4 })).toThrow(
      'ES101 nodes must be 1, 3, 5 or 7, got 4: an even cluster gains no fault tolerance',
    );
  });

  it('needs a namespace', () => {
    expect(codeOf(() => new EventStoreCluster(new Chart(Testing.app(), 'x'), 'es'))).toBe('ES104');
  });

  it('refuses two clusters of one name in one namespace, and takes them in two', () => {
    const app = Testing.app();
    makeCluster({}, app);
    const again = new Chart(app, 'again', { namespace: 'eventstore' });
    expect(codeOf(() => new EventStoreCluster(again, 'es'))).toBe('ES105');
    new EventStoreCluster(new Chart(app, 'other', { namespace: 'other' }), 'es');
    const neighbour = new Chart(app, 'neighbour', { namespace: 'eventstore' });
    expect(codeOf(() => new EventStoreCluster(neighbour, 'es-2'))).toBe('ES105');
    new EventStoreCluster(neighbour, 'orders');
  });

  it('refuses processors that are none', () => {
    expect(codeOf(() => synthesize({ resources: { cpuLimit: 'two' } }))).toBe('ES106');
  });

  it.each([
    ['ES101W', { nodes: 1 }],
    ['ES201W', { storage: EventStoreStorage.podStorage() }],
    ['ES202W', { storage: EventStoreStorage.azureFile() }],
    ['ES106W', { resources: { memoryLimit: Size.mebibytes(512) } }],
    ['ES406W', { extraSettings: { UnsafeDisableFlushToDisk: 'true' } }],
  ])('warns: %s', (code, props: EventStoreClusterProps) => {
    const app = Testing.app();
    makeCluster(props, app);
    expect(warningsOf(app).map((warning) => warning.code)).toContain(code);
  });

  it('warns of nothing where there is nothing to warn of', () => {
    const app = Testing.app();
    makeCluster({ storage: EventStoreStorage.persistentVolume() }, app);
    expect(warningsOf(app)).toEqual([]);
  });
});

describe('what a user takes from a cluster', () => {
  it('is its main object, names and hosts', () => {
    const cluster = makeCluster();
    expect(ApiObject.of(cluster).kind).toBe('StatefulSet');
    expect(cluster.nodes.map((node) => node.advertised)).toEqual(NAMES);
    expect(cluster.nodes[0].host).toBe('es-1.eventstore.svc.cluster.local');
    expect(cluster.clientHost).toBe('es.eventstore.svc.cluster.local');
    expect(cluster.connectionString).toContain(NAMES[2]);
  });

  it('can be patched, also with fields that the typed objects do not know', () => {
    const app = new App();
    const cluster = makeCluster({}, app);
    cluster.statefulSet.addJsonPatch(
      JsonPatch.add('/spec/template/spec/containers/0/resizePolicy', [{ resourceName: 'cpu' }]),
    );
    expect(containerOf(find(manifestsOf(app), 'StatefulSet')).resizePolicy).toEqual([{ resourceName: 'cpu' }]);
  });

  it('covers every property', () => {
    const all: Required<EventStoreClusterProps> = {
      name: 'all',
      nodes: 5,
      storage: EventStoreStorage.persistentVolume(),
      release: EventStoreRelease.of('26.1'),
      security: EventStoreSecurity.insecure(),
      settings: {},
      extraSettings: { IndexCacheDepth: '18' },
      licenseSecretName: 'licence',
      resources: { cpuRequest: '1', cpuLimit: '4', memoryRequest: Size.gibibytes(4), memoryLimit: Size.gibibytes(8) },
      spread: EventStoreSpread.PREFERRED,
      nodeSelector: { disktype: 'ssd' },
      priorityClassName: 'database',
      clientNamespaces: ['shop'],
      lostMajorityPatience: Duration.minutes(5),
    };
    const manifests = synthesize(all);
    const pod = find(manifests, 'StatefulSet', 'all').spec.template.spec;
    expect(pod).toMatchObject({ nodeSelector: { disktype: 'ssd' }, priorityClassName: 'database' });
    expect(pod.containers[0].resources.limits).toMatchObject({ cpu: '4', memory: '8Gi' });
    expect(environmentOf(manifests)).toMatchObject({ LOST_MAJORITY_SECONDS: '300', KURRENTDB_CLUSTER_SIZE: '5' });
  });
});
