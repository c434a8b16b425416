import { Chart, Duration, Size, Testing, Yaml } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  EventStoreCluster,
  type EventStoreClusterProps,
  EventStoreRelease,
  EventStoreSecurity,
  LoadTest,
  LoadTestDoor,
  type LoadTestProps,
  LoadTestReads,
  LoadTestResults,
  MonitoringStack,
  NginxFrontend,
  PodKill,
  PodKiller,
} from '../../lib';
import { codeOf, containerOf, find, type Manifest } from '../helpers';

type Given = Partial<Omit<LoadTestProps, 'cluster' | 'frontend' | 'monitoring'>> & {
  readonly cluster?: EventStoreClusterProps;
  readonly door?: LoadTestDoor;
  readonly noFrontend?: boolean;
  readonly kills?: PodKill[];
  /** how long its figures are kept, where there is monitoring */
  readonly kept?: Duration;
  readonly watched?: 'orders' | 'eventstore';
};

/** The benchmark's objects alone, in a chart of their own. */
function make({ cluster: clusterProps, noFrontend, kills, kept, watched, ...props }: Given = {}): Manifest[] {
  const app = Testing.app();
  const chart = new Chart(app, 'eventstore', { namespace: 'eventstore' });
  const cluster = new EventStoreCluster(chart, 'es', clusterProps);
  const frontend = noFrontend ? undefined : new NginxFrontend(chart, 'front', { target: cluster });
  const own = new Chart(app, 'benchmark', { namespace: 'eventstore' });
  const monitoring =
    (kept || watched) &&
    new MonitoringStack(new Chart(app, 'watch', { namespace: 'watch' }), 'monitoring', {
      clusters: [
        watched === 'orders' ? new EventStoreCluster(new Chart(app, 'orders', { namespace: 'orders' }), 'es') : cluster,
      ],
      retention: kept,
    });
  const loadTest = new LoadTest(own, 'load', { cluster, frontend, monitoring, ...props });
  if (kills) new PodKiller(own, 'kills', { loadTest, kills });
  return own.toJson();
}

const job = (manifests: Manifest[], name = 'es-bench') => find(manifests, 'Job', name);
const pod = (manifests: Manifest[], name?: string) => job(manifests, name).spec.template.spec;
/** What the ConfigMap says that belongs to this Job. */
function settings(manifests: Manifest[], name = 'es-bench'): Manifest {
  const { configMap } = pod(manifests, name).volumes.find((volume: Manifest) => volume.name === 'scripts');
  return JSON.parse(find(manifests, 'ConfigMap', configMap.name).data['settings.json']);
}
const env = (manifests: Manifest[]): Record<string, Manifest> =>
  Object.fromEntries(containerOf(job(manifests)).env.map((v: Manifest) => [v.name, v.value ?? v.valueFrom]));
const minutes = (n: number) => Duration.minutes(n);
const secure = EventStoreSecurity.secret({ certificateSecretName: 'es-tls' });

describe('a load test', () => {
  const kills = [PodKill.follower(minutes(1)), PodKill.leader(Duration.seconds(198))];
  const read: Record<string, Given> = {
    'load-test': { generators: 2, kills },
    'load-test-secure': {
      cluster: { security: secure },
      credentialsSecretName: 'es-ops',
      results: LoadTestResults.claim('results'),
      kills,
    },
  };

  it.each(Object.entries(read))('makes what a reviewer has read: %s', async (name, given) => {
    const manifests = make(given);
    // the scripts are reviewed as scripts
    for (const { kind, data } of manifests) {
      if (kind !== 'ConfigMap') continue;
      for (const file of Object.keys(data)) if (file !== 'settings.json') data[file] = '…\n';
    }
    const text = Yaml.stringify(...manifests).replace(/(es-bench(?:-kills)?-)[0-9a-f]{10}\b/g, '$1HASH');
    await expect(text).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  it('is the load of 2017 unless told otherwise: closed, through the front end, to any member, without repetitions', () => {
    expect(settings(make())).toMatchObject({
      url: 'http://es-frontend.eventstore.svc.cluster.local:2113',
      mode: 'closed',
      users: 100,
      duration: 300,
      events: 10,
      reads: 'any',
      retries: 0,
      generators: 1,
    });
  });

  it('goes through the cluster’s Service where there is no front end, or to the leader', () => {
    const service = 'http://es.eventstore.svc.cluster.local:2113';
    expect(settings(make({ noFrontend: true }))).toMatchObject({ url: service, target: 'service' });
    expect(settings(make({ door: LoadTestDoor.LEADER }))).toMatchObject({ url: service, target: 'leader' });
  });

  it('speaks the media types of the release', () => {
    const types = (line: string) => settings(make({ cluster: { release: EventStoreRelease.of(line) } })).mediaTypes;
    expect(types('24.10')).toBe('application/vnd.eventstore');
    expect(types('25.1')).toBe('application/vnd.kurrent');
  });

  it('knows each member by itself, for the audit', () => {
    const { members } = settings(make());
    expect(Object.keys(members)).toEqual(['es-1', 'es-2', 'es-3']);
    expect(members['es-2']).toBe('http://es-2.eventstore.svc.cluster.local:2113');
  });

  it('starts iterations at a rate when it is given one', () => {
    expect(settings(make({ rate: 20 }))).toMatchObject({ mode: 'open', rate: 20, users: 100 });
  });

  it('is an indexed Job of several generators, whose hosts are found under the Service', () => {
    const several = make({ generators: 4 });
    expect(job(several).spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 4,
      parallelism: 4,
      backoffLimit: 0,
    });
    expect(settings(several).peers).toBe('http://es-bench-{}.es-bench.eventstore.svc.cluster.local:6565');
    expect(pod(several)).toMatchObject({ subdomain: 'es-bench' });
    expect(find(several, 'Service', 'es-bench').spec.clusterIP).toBe('None');
    const one = make();
    expect(job(one).spec.completionMode).toBeUndefined();
    expect(pod(one)).toMatchObject({ hostname: 'es-bench-0', subdomain: 'es-bench' });
  });

  it('is let in by the members, and holds no token of Kubernetes', () => {
    const manifests = make();
    expect(job(manifests).spec.template.metadata.labels['es-client']).toBe('true');
    expect(pod(manifests).automountServiceAccountToken).toBe(false);
    expect(find(manifests, 'ServiceAccount', 'es-bench').automountServiceAccountToken).toBe(false);
  });

  it('lets only the benchmark’s pods to k6’s API, which knows no password', () => {
    const { ingress } = find(make(), 'NetworkPolicy', 'es-bench').spec;
    expect(ingress).toHaveLength(1);
    expect(ingress[0].ports).toEqual([{ port: 6565 }]);
    const components = ingress[0].from.map(
      ({ podSelector }: Manifest) => podSelector.matchLabels['app.kubernetes.io/component'],
    );
    expect(components).toEqual(['benchmark', 'benchmark-kills']);
  });

  it('keeps results on the pod, in a claim or in the log', () => {
    const volume = (manifests: Manifest[]) => pod(manifests).volumes.find(({ name }: Manifest) => name === 'results');
    expect(volume(make()).emptyDir).toBeDefined();
    expect(env(make())).toMatchObject({ RESULTS: '/results', KEEP_SECONDS: '86400' });
    const claim = make({ results: LoadTestResults.claim('bench') });
    expect(volume(claim).persistentVolumeClaim).toEqual({ claimName: 'bench' });
    // two runs on one claim must not mix
    expect(env(claim).RESULTS).toBe('/results/$(RUN)');
    const log = env(make({ results: LoadTestResults.log() }));
    expect(log.PRINT).toBe('true');
    expect(log.KEEP_SECONDS).toBeUndefined();
  });

  it('gives a secure cluster its password from a Secret, and trusts its authority', () => {
    const manifests = make({
      cluster: { security: secure },
      door: LoadTestDoor.LEADER,
      credentialsSecretName: 'bench',
    });
    expect(env(manifests)).toMatchObject({
      ES_USERNAME: { secretKeyRef: { name: 'bench', key: 'username' } },
      ES_PASSWORD: { secretKeyRef: { name: 'bench', key: 'password' } },
      SSL_CERT_DIR: '/certs',
    });
    expect(pod(manifests).volumes).toContainEqual({
      name: 'ca',
      secret: { secretName: 'es-tls', defaultMode: 0o440, items: [{ key: 'ca.crt', path: 'ca.crt' }] },
    });
    // the name on the certificate
    expect(settings(manifests).members['es-1']).toBe('https://es-1.es-nodes.eventstore.svc.cluster.local:2113');
  });

  it('rolls nothing but makes another ConfigMap when a setting changes', () => {
    const name = (props: Given) => find(make(props), 'ConfigMap').metadata.name;
    expect(name({ users: 10 })).not.toBe(name({ users: 11 }));
    expect(name({ users: 10 })).toBe(name({ users: 10 }));
  });

  it('takes every property', () => {
    const all: Required<Omit<LoadTestProps, 'cluster' | 'frontend' | 'monitoring'>> = {
      door: LoadTestDoor.SERVICE,
      name: 'night',
      variant: 'pod storage',
      users: 20,
      rate: 5,
      duration: minutes(2),
      warmup: Duration.seconds(0),
      generators: 2,
      events: 3,
      reads: LoadTestReads.LEADER,
      retries: 2,
      requestTimeout: Duration.seconds(3),
      results: LoadTestResults.pod(),
      credentialsSecretName: 'bench',
      image: 'example.com/k6:2.2.0',
      resources: { cpuRequest: '1', cpuLimit: '3', memory: Size.gibibytes(2) },
      nodeSelector: { pool: 'load' },
    };
    const manifests = make(all);
    const template = pod(manifests, 'night');
    expect(settings(manifests, 'night')).toMatchObject({
      ...{ variant: 'pod storage', users: 20, rate: 5, duration: 120, warmup: 0, generators: 2, events: 3 },
      ...{ reads: 'leader', retries: 2, timeout: 3, target: 'service' },
    });
    expect(template.nodeSelector).toEqual({ pool: 'load' });
    expect(template.containers[0].image).toBe('example.com/k6:2.2.0');
    expect(template.containers[0].resources.limits).toMatchObject({ cpu: '3', memory: '2Gi' });
    expect(find(manifests, 'Service', 'night').spec.selector['app.kubernetes.io/component']).toBe('benchmark-night');
  });

  it.each<[string, string, Given]>([
    ['no users', 'ES541', { users: 0 }],
    ['half a user', 'ES541', { users: 1.5 }],
    ['users that are no number', 'ES541', { users: Number.NaN }],
    ['streams too long to be audited by the page', 'ES541', { events: 101 }],
    ['endless repetition', 'ES541', { retries: 11 }],
    ['a rate of none', 'ES542', { rate: 0 }],
    ['more generators than users', 'ES543', { users: 3, generators: 4 }],
    ['more generators than iterations a second', 'ES543', { rate: 1, generators: 2 }],
    ['no time', 'ES544', { duration: Duration.seconds(0) }],
    ['more than a day', 'ES544', { duration: Duration.hours(25) }],
    ['no patience', 'ES544', { requestTimeout: Duration.millis(10) }],
    ['a variant that is a path', 'ES545', { variant: '../pod' }],
    ['a door without its house', 'ES546', { door: LoadTestDoor.FRONTEND, noFrontend: true }],
    ['a secure cluster without a user', 'ES547', { cluster: { security: secure }, noFrontend: true }],
    ['a cluster without streams over HTTP', 'ES407', { cluster: { settings: { atomPub: false } } }],
    ['a name that Kubernetes refuses', 'ES102', { name: 'Bench' }],
    ['a claim that Kubernetes refuses', 'ES206', { results: LoadTestResults.claim('a b') }],
    ['figures that are gone before the load ends', 'ES504', { kept: Duration.hours(2), duration: minutes(119.5) }],
    ['an InfluxDB that does not let it in', 'ES507', { watched: 'orders' }],
    ['processors that are none', 'ES106', { resources: { cpuLimit: 'many' } }],
  ])('refuses %s', (_, code, props) => {
    expect(codeOf(() => make(props))).toBe(code);
  });
});

describe('a load test with monitoring', () => {
  const kills = [PodKill.follower(minutes(1))];
  const both = ['es-bench', 'es-bench-kills'];

  it('lets k6 write to InfluxDB, and the killer its marks', () => {
    const manifests = make({ kept: Duration.days(1), kills });
    const address = 'http://monitoring-influxdb.watch.svc.cluster.local:8086';
    expect(env(manifests).INFLUXDB).toBe(`${address}/k8s`);
    expect(settings(manifests, 'es-bench-kills').marks).toBe(`${address}/write?db=k8s`);
  });

  it('is a writer that InfluxDB lets in, from pods that may go there', () => {
    const manifests = make({ kept: Duration.days(1), kills });
    for (const name of both) {
      expect(job(manifests, name).spec.template.metadata.labels).toMatchObject({
        'es-client': 'true',
        'monitoring-client': 'true',
      });
    }
    const { egress } = find(manifests, 'NetworkPolicy', 'es-bench').spec;
    expect(egress).toContainEqual({
      to: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'watch' } },
          podSelector: {
            matchLabels: {
              'app.kubernetes.io/name': 'eventstore-monitoring',
              'app.kubernetes.io/instance': 'monitoring',
              'app.kubernetes.io/component': 'influxdb',
            },
          },
        },
      ],
      ports: [{ port: 8086, protocol: 'TCP' }],
    });
  });

  it('is otherwise the same as without', () => {
    const without = Yaml.stringify(...make({ kills }));
    expect(without).not.toMatch(/INFLUXDB: |monitoring|8086|"marks"/);
    const count = (text: string) => text.split('\n').length;
    // the address, the two labels, the rule of 12 lines, the line for the marks
    expect(count(Yaml.stringify(...make({ kept: Duration.days(1), kills }))) - count(without)).toBe(2 + 2 + 12 + 1);
  });

  it('takes a warm-up and a measured part that are kept just so long', () => {
    expect(() => make({ kept: Duration.hours(2), duration: minutes(119) })).not.toThrow();
  });
});

describe('a pod killer', () => {
  const kills = [PodKill.follower(minutes(1)), PodKill.member(minutes(2), 2), PodKill.leader(minutes(3))];

  it('may get and delete the members’ pods, and nothing else', () => {
    expect(find(make({ kills }), 'Role').rules).toEqual([
      { apiGroups: [''], resources: ['pods'], resourceNames: ['es-1', 'es-2', 'es-3'], verbs: ['get', 'delete'] },
    ]);
  });

  it('knows its victims, and when the measured part begins', () => {
    const manifests = make({ kills, warmup: Duration.seconds(20) });
    expect(settings(manifests, 'es-bench-kills')).toMatchObject({
      warmup: 20,
      peers: settings(manifests).peers,
      kills: [
        { at: 60, victim: 'follower' },
        { at: 120, victim: 'es-2' },
        { at: 180, victim: 'leader' },
      ],
    });
  });

  it('has a token that outlives its Job, and trusts the cluster’s own authority', () => {
    const manifests = make({ kills, duration: Duration.hours(2) });
    const template = pod(manifests, 'es-bench-kills');
    const [{ serviceAccountToken }] = template.volumes.find(({ name }: Manifest) => name === 'account').projected
      .sources;
    const { activeDeadlineSeconds } = job(manifests, 'es-bench-kills').spec;
    expect(serviceAccountToken.expirationSeconds).toBeGreaterThanOrEqual(activeDeadlineSeconds);
    expect(template.containers[0].env).toContainEqual({
      name: 'SSL_CERT_FILE',
      value: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
    });
  });

  it.each<[string, string, Given]>([
    ['no kill at all', 'ES548', { kills: [] }],
    ['one after the load', 'ES548', { kills: [PodKill.leader(minutes(5))] }],
    ['a member that is not there', 'ES549', { kills: [PodKill.member(minutes(1), 4)] }],
    ['a follower of one', 'ES549', { cluster: { nodes: 1 }, kills: [PodKill.follower(minutes(1))] }],
  ])('refuses %s', (_, code, props) => {
    expect(codeOf(() => make(props))).toBe(code);
  });
});
