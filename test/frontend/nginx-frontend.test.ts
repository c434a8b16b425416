import { Chart, Duration, Testing, Yaml } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  FrontendExposure,
  FrontendHosts,
  FrontendReads,
  NginxFrontend,
  type NginxFrontendProps,
} from '../../lib/frontend/nginx-frontend';
import { warningsOf } from '../../lib/warnings';

// biome-ignore lint/suspicious/noExplicitAny: a manifest is any YAML
type Yamled = any;
type Manifest = { kind: string; metadata: { name: string }; [field: string]: Yamled };

const NAMES = [1, 2, 3].map((i) => `es-${i}.eventstore.svc.cluster.local`);
const ADVERTISED = [1, 2, 3].map((i) => `es-${i}.es-nodes.eventstore.svc.cluster.local`);
const INSECURE = FrontendHosts.of(NAMES, { name: 'es', advertised: ADVERTISED });
const SECURE = FrontendHosts.of(NAMES, { name: 'es', advertised: ADVERTISED, secure: true, caSecretName: 'es-ca' });

const GRPC_ONLY = { ...SECURE, atomPub: false };

function make(props: Partial<NginxFrontendProps> = {}) {
  const chart = new Chart(Testing.app(), 'chart', { namespace: 'eventstore' });
  const frontend = new NginxFrontend(chart, 'frontend', { target: INSECURE, ...props });
  const manifests: Manifest[] = Testing.synth(chart);
  const find = (kind: string, part = '') =>
    manifests.find((each) => each.kind === kind && each.metadata.name.includes(part))!;
  return { chart, frontend, manifests, find, warnings: warningsOf(chart).map(({ code }) => code) };
}
const pod = (props?: Partial<NginxFrontendProps>) => make(props).find('Deployment').spec.template.spec;
const service = (props?: Partial<NginxFrontendProps>) => make(props).find('Service');
const config = (props?: Partial<NginxFrontendProps>) => make(props).frontend.config;
const refusal = (props: Partial<NginxFrontendProps>) => {
  try {
    make(props);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('NginxFrontend', () => {
  it('is these objects, with default values', async () => {
    await expect(Yaml.stringify(...make().manifests)).toMatchFileSnapshot('golden/cluster.yaml');
  });

  it('is these objects before a secure cluster, for the world', async () => {
    const { manifests } = make({
      target: SECURE,
      exposure: FrontendExposure.PUBLIC,
      tlsSecretName: 'door',
      allowedIps: ['203.0.113.0/24'],
      reads: FrontendReads.LEADER,
      retryAppends: true,
    });
    await expect(Yaml.stringify(...manifests)).toMatchFileSnapshot('golden/public.yaml');
  });

  it('has the Deployment as its main object', () => {
    const { frontend } = make();
    expect(frontend.node.defaultChild).toBe(frontend.deployment);
  });

  it('rolls its pods when the configuration changes, and only then', () => {
    const name = (props?: Partial<NginxFrontendProps>) => config(props).name;
    expect(name()).toBe(name({ replicas: 3, exposure: FrontendExposure.INTERNAL }));
    expect(name()).not.toBe(name({ readTimeout: Duration.seconds(5) }));
    expect(pod().volumes[0].configMap.name).toBe(name());
  });

  it('is a client of the cluster, so that the cluster lets it in', () => {
    expect(make().find('Deployment').spec.template.metadata.labels).toMatchObject({ 'es-client': 'true' });
  });

  it('finishes what it does before it ends: others notice, nginx drains, Kubernetes waits for both', () => {
    for (const [props, noticed] of [
      [{}, 5],
      [{ exposure: FrontendExposure.INTERNAL }, 15],
    ] as const) {
      const { containers, terminationGracePeriodSeconds } = pod(props);
      expect(containers[0].lifecycle.preStop.exec.command).toEqual(['sleep', String(noticed)]);
      expect(terminationGracePeriodSeconds).toBeGreaterThan(noticed + 20);
    }
  });

  it('is alive by its port and ready by its own page, over TLS if it speaks TLS', () => {
    const { livenessProbe, readinessProbe } = pod().containers[0];
    expect([livenessProbe.tcpSocket.port, readinessProbe.httpGet.path, readinessProbe.httpGet.scheme]).toEqual([
      2113,
      '/healthz',
      undefined,
    ]);
    expect(pod({ tlsSecretName: 'door' }).containers[0].readinessProbe.httpGet.scheme).toBe('HTTPS');
  });

  it('is reached inside Kubernetes only, unless told otherwise', () => {
    expect(service().spec.type).toBeUndefined();
    expect(service().metadata).not.toHaveProperty('annotations');
    const internal = service({ exposure: FrontendExposure.INTERNAL, serviceAnnotations: { a: 'b' } });
    expect(internal.spec.type).toBe('LoadBalancer');
    expect(internal.metadata).toMatchObject({
      annotations: { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'true', a: 'b' },
    });
  });

  it('lets in the allowed ranges at the load balancer and at the pods, which then see the real address', () => {
    const { find } = make({ exposure: FrontendExposure.INTERNAL, allowedIps: ['10.0.0.0/8', '192.0.2.7/32'] });
    expect(find('Service').spec).toMatchObject({
      externalTrafficPolicy: 'Local',
      loadBalancerSourceRanges: ['10.0.0.0/8', '192.0.2.7/32'],
    });
    expect(find('NetworkPolicy').spec.ingress[0].from).toEqual([
      { namespaceSelector: {} },
      { ipBlock: { cidr: '10.0.0.0/8' } },
      { ipBlock: { cidr: '192.0.2.7/32' } },
    ]);
  });

  it("talks to nothing but the members' ports and the DNS", () => {
    const { egress } = make({ target: FrontendHosts.of(['a:2113', 'b:1113', 'c:2113']) }).find('NetworkPolicy').spec;
    expect(egress.flatMap((rule: Yamled) => rule.ports.map((port: Yamled) => port.port))).toEqual([1113, 2113, 53, 53]);
    const target = { ...INSECURE, memberLabels: { app: 'es' } };
    expect(make({ target }).find('NetworkPolicy').spec.egress[0].to[0].podSelector).toEqual({
      matchLabels: { app: 'es' },
    });
  });

  it('mounts what it is given by reference, and of the authority only the certificate', () => {
    const { volumes } = pod({ target: SECURE, tlsSecretName: 'door' });
    expect(volumes.find(({ name }: Yamled) => name === 'ca').secret).toMatchObject({
      secretName: 'es-ca',
      items: [{ key: 'ca.crt' }],
    });
    expect(volumes.find(({ name }: Yamled) => name === 'tls').secret).toEqual({
      secretName: 'door',
      defaultMode: 0o440,
    });
    const users = pod({ basicAuthSecretName: 'users' }).volumes.find(({ name }: Yamled) => name === 'users');
    expect(users.secret.secretName).toBe('users');
  });

  it('tells clients how to connect', () => {
    const { data } = make({ target: SECURE, tlsSecretName: 'door' }).find('ConfigMap', 'connection');
    expect(data).toMatchObject({
      connectionString: 'kurrentdb://es-frontend.eventstore.svc.cluster.local:2113?tls=true',
      url: 'https://es-frontend.eventstore.svc.cluster.local:2113',
    });
    expect(data.notes).toContain('kurrentdb+discover://');
    expect(data.notes).toContain('persistent subscriptions');
  });

  it("stands twice before one cluster without taking the other one's traffic", () => {
    const [first, second] = [make(), make({ name: 'es-outside' })];
    expect(second.find('Service').spec.selector).not.toEqual(first.find('Service').spec.selector);
    expect(second.manifests.every(({ metadata }) => metadata.name.startsWith('es-outside'))).toBe(true);
  });

  it.each<[string, Partial<NginxFrontendProps>]>([
    [
      'ES301 exposure "public" needs a secure cluster, got the insecure cluster es',
      { exposure: FrontendExposure.PUBLIC, tlsSecretName: 'door' },
    ],
    [
      'ES302 allowedIps must be IPv4 ranges, got "10.0.0.1": write e.g.',
      { exposure: FrontendExposure.INTERNAL, allowedIps: ['10.0.0.1'] },
    ],
    [
      'ES302 allowedIps must be IPv4 ranges, got "10.0.0.1/24": write "10.0.0.0/24"',
      { exposure: FrontendExposure.INTERNAL, allowedIps: ['10.0.0.1/24'] },
    ],
    ['ES302', { exposure: FrontendExposure.INTERNAL, allowedIps: ['10.0.0.256/32'] }],
    ['ES302', { exposure: FrontendExposure.INTERNAL, allowedIps: ['10.0.0.0/33'] }],
    ['ES302', { exposure: FrontendExposure.INTERNAL, allowedIps: ['::/0'] }],
    ['ES303 allowedIps needs a load balancer, got exposure "cluster" with 10.0.0.0/8', { allowedIps: ['10.0.0.0/8'] }],
    ['ES304 replicas must be a whole number of at least 1, got 0', { replicas: 0 }],
    ['ES304', { replicas: 1.5 }],
    ['ES306 readTimeout must be 1 to 300 seconds, got 0.5', { readTimeout: Duration.millis(500) }],
    ['ES306 writeTimeout', { writeTimeout: Duration.minutes(6) }],
    ['ES306 subscriptionTimeout must be 30 to 86400 seconds, got 5', { subscriptionTimeout: Duration.seconds(5) }],
    ['ES307 basicAuthSecretName is for insecure clusters', { target: SECURE, basicAuthSecretName: 'users' }],
    ['ES308 exposure "public" needs TLS at the front end', { target: SECURE, exposure: FrontendExposure.PUBLIC }],
    ['ES407 reads "leader" needs HTTP access to streams', { target: GRPC_ONLY, reads: FrontendReads.LEADER }],
    ['ES407 retryAppends', { target: GRPC_ONLY, retryAppends: true }],
    ['ES102 front end name', { name: 'Front' }],
    ['ES103 front end name', { name: 'f'.repeat(53) }],
  ])('refuses: %s', (message, props) => {
    expect(refusal(props)).toContain(message);
    expect(refusal(props)).toMatch(/^ES\d{3} [a-z][^\n]*[^.\n]$/i);
  });

  it.each<[string, () => unknown]>([
    ['hosts must not be empty', () => FrontendHosts.of([])],
    ['got "a b:2113"', () => FrontendHosts.of(['a b'])],
    ['got "a;return 200;:1"', () => FrontendHosts.of(['a;return 200;:1'])],
    ['got "a:0"', () => FrontendHosts.of(['a:0'])],
    ['got "a:70000"', () => FrontendHosts.of(['a:70000'])],
    ['got "a:1:2"', () => FrontendHosts.of(['a:1:2'])],
    ['got a:2113 twice', () => FrontendHosts.of(['a', 'a:2113'])],
    ['got 1 names for 2 hosts', () => FrontendHosts.of(['a', 'b'], { advertised: ['c'] })],
  ])('refuses hosts: ES305 %s', (message, make) => {
    expect(make).toThrow(new RegExp(`^ES305 .*${message}`));
  });

  it.each<[string[], Partial<NginxFrontendProps>]>([
    [[], {}],
    [[], { target: SECURE, tlsSecretName: 'door', exposure: FrontendExposure.PUBLIC }],
    [['ES301W'], { exposure: FrontendExposure.INTERNAL }],
    [['ES304W'], { replicas: 1 }],
    [['ES306W'], { writeTimeout: Duration.seconds(6) }],
    [['ES307W'], { exposure: FrontendExposure.INTERNAL, basicAuthSecretName: 'users' }],
    [['ES308W'], { target: SECURE }],
    [['ES309W'], { retryAppends: true }],
  ])('warns with %j', (codes, props) => {
    expect(make(props).warnings).toEqual(codes);
  });
});
