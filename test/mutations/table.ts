import { find, type Manifest } from '../helpers';
import { changeData, type Mutation, setAt } from './mutation';
import type { SCENARIOS } from './scenarios';

/** A mutation that somebody thought of, and what it is made to. */
export interface NamedMutation extends Mutation {
  readonly scenario: keyof typeof SCENARIOS;
}

type Change = (object: Manifest, all: Manifest[]) => void;

function on(scenario: string, kind: string, object: string, what: string, change: Change): NamedMutation {
  const apply = (all: Manifest[]) => {
    change(find(all, kind, object), all);
    return undefined;
  };
  return { scenario, kind, name: `${kind} ${object}: ${what}`, apply };
}

/** A field set to another value; the path with dots, keys that hold dots in brackets. */
function set(scenario: string, kind: string, object: string, path: string, value: unknown): NamedMutation {
  const keys = [...path.matchAll(/\[([^\]]+)\]|[^.[\]]+/g)].map((match) => match[1] ?? match[0]);
  const what = value === undefined ? `${path} left out` : `${path} = ${JSON.stringify(value)}`;
  return on(scenario, kind, object, what, (target) => setAt(target, keys, value));
}

/** A variable of the members. */
function option(scenario: string, name: string, value: string | undefined): NamedMutation {
  return on(scenario, 'StatefulSet', 'es', `${name} = ${value}`, (target) => {
    const env: Manifest[] = target.spec.template.spec.containers[0].env;
    const variable = env.find((one) => one.name.endsWith(name));
    if (value === undefined) env.splice(env.indexOf(variable), 1);
    else variable.value = value;
  });
}

/** A line of nginx.conf, with the hash in the ConfigMap's name made to fit. */
function line(what: string, from: string | RegExp, to: string): NamedMutation {
  return {
    scenario: 'dist',
    kind: 'nginx.conf',
    name: `nginx.conf: ${what}`,
    apply: (all) => {
      const map = all.find((m) => m.kind === 'ConfigMap' && m.data['nginx.conf']);
      return changeData(all, map.metadata.name, 'nginx.conf', (text) => {
        const changed = text.replace(from, to);
        if (changed === text) throw new Error(`nothing to change: ${what}`);
        return changed;
      });
    },
  };
}

const POD = 'spec.template.spec';
const FIRST = `${POD}.containers.0`;
const NAME = '[app.kubernetes.io/name]';

/** One for every kind of mistake that the issue names, and for those that others made before us. */
export const TABLE: NamedMutation[] = [
  // selectors and labels
  set('dist', 'Service', 'es', 'spec.selector', { 'cdk8s-eventstore/service': 'eventstore' }),
  set('dist', 'Service', 'es', 'spec.selector', undefined),
  set('dist', 'Service', 'es-2', 'spec.selector', { 'statefulset.kubernetes.io/pod-name': 'es-1' }),
  set('dist', 'Service', 'es-3', 'spec.selector', { 'statefulset.kubernetes.io/pod-name': 'es-4' }),
  set('dist', 'Service', 'es-nodes', `spec.selector.${NAME}`, 'kurrentdb'),
  set('dist', 'Service', 'es-frontend', 'spec.selector.[app.kubernetes.io/component]', 'node'),
  set('dist', 'StatefulSet', 'es', `spec.selector.matchLabels.${NAME}`, 'kurrentdb'),
  set('dist', 'StatefulSet', 'es', 'spec.template.metadata.labels.[cdk8s-eventstore/service]', undefined),
  set('dist', 'Deployment', 'es-frontend', 'spec.template.metadata.labels.es-client', undefined),
  set('dist', 'Deployment', 'es-frontend', 'spec.template.metadata.labels.es-client', 'false'),
  // Services
  set('dist', 'Service', 'es-nodes', 'spec.publishNotReadyAddresses', undefined),
  set('dist', 'Service', 'es-nodes', 'spec.clusterIP', undefined),
  set('dist', 'Service', 'es', 'spec.publishNotReadyAddresses', true),
  set('dist', 'Service', 'es', 'spec.type', 'LoadBalancer'),
  set('dist', 'Service', 'es', 'spec.ports.0.targetPort', 2112),
  set('dist', 'Service', 'es-1', 'spec.ports.0.port', 2112),
  set('dist', 'Service', 'es-nodes', 'spec.ports.1', undefined),
  set('dist', 'Service', 'es-frontend', 'spec.ports.0.targetPort', 'web'),
  set('dist', 'StatefulSet', 'es', 'spec.serviceName', 'es'),
  // probes
  set('dist', 'StatefulSet', 'es', `${FIRST}.livenessProbe.httpGet.path`, '/health/live'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.livenessProbe.httpGet.port`, 'web'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.readinessProbe`, { httpGet: { path: '/health/live', port: 'http' } }),
  set('dist', 'StatefulSet', 'es', `${FIRST}.readinessProbe.exec.command.2`, 'live'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.startupProbe`, undefined),
  set('dist', 'StatefulSet', 'es', `${FIRST}.startupProbe.failureThreshold`, 30),
  set('dist', 'Deployment', 'es-frontend', `${FIRST}.readinessProbe.httpGet.path`, '/health'),
  set('dist', 'Deployment', 'es-frontend', `${FIRST}.livenessProbe.tcpSocket.port`, 8080),
  set('public-secure', 'StatefulSet', 'es', `${FIRST}.livenessProbe.httpGet.scheme`, undefined),
  set('public-secure', 'Deployment', 'es-frontend', `${FIRST}.readinessProbe.httpGet.scheme`, 'HTTP'),
  // budgets
  set('dist', 'PodDisruptionBudget', 'es', 'spec.maxUnavailable', 2),
  set('dist', 'PodDisruptionBudget', 'es', 'spec.maxUnavailable', 0),
  set('dist', 'PodDisruptionBudget', 'es', 'spec.maxUnavailable', '100%'),
  set('dist', 'PodDisruptionBudget', 'es', 'spec.minAvailable', 2),
  set('dist', 'PodDisruptionBudget', 'es', `spec.selector.matchLabels.${NAME}`, 'kurrentdb'),
  set('podstorage-3', 'PodDisruptionBudget', 'es', 'spec.unhealthyPodEvictionPolicy', 'AlwaysAllow'),
  set('dist', 'PodDisruptionBudget', 'es-frontend', 'spec.maxUnavailable', 2),
  // options of the server
  option('dist', '_CLUSTER_SIZE', '1'),
  option('dist', '_CLUSTER_SIZE', '5'),
  option('dist', '_DISCOVER_VIA_DNS', 'true'),
  option('dist', '_DISCOVER_VIA_DNS', undefined),
  option('dist', '_GOSSIP_SEED', 'es-2.es-nodes.eventstore.svc.cluster.local:2113'),
  option('dist', '_GOSSIP_SEED', 'es-1:2113,es-2:2113,es-3:2113'),
  option('dist', '_NODE_IP', '127.0.0.1'),
  option('dist', '_NODE_HOST_ADVERTISE_AS', '$(POD_NAME)'),
  option('dist', '_DB', '/var/lib/kurrentdb'),
  option('dist', '_DB', '/tmp/db'),
  option('dist', '_INSECURE', undefined),
  option('dist', '_PREPARE_TIMEOUT_MS', ''),
  option('dist', '_COMMIT_TIMEOUT_MS', '5000'),
  option('dist', '_TELEMETRY_OPTOUT', 'false'),
  option('dist', '_ENABLE_ATOM_PUB_OVER_HTTP', 'yes'),
  option('dist', 'SERVER_ENV_PREFIX', 'EVENTSTORE'),
  option('public-secure', '_TRUSTED_ROOT_CERTIFICATES_PATH', '/certs/node'),
  option('public-secure', 'LOCAL_URL', 'http://127.0.0.1:2113'),
  option('azurefile-dynamic-23.10', '_STREAM_INFO_CACHE_CAPACITY', '0'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.env.3.name`, 'KURRENTDB_CLUSTR_SIZE'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.env.6.name`, 'KURRENTDB_EXT_IP'),
  on('dist', 'StatefulSet', 'es', 'AllowUnknownOptions added', ({ spec }) => {
    spec.template.spec.containers[0].env.push({ name: 'KURRENTDB_ALLOW_UNKNOWN_OPTIONS', value: 'true' });
  }),
  on('dist', 'StatefulSet', 'es', 'POD_NAME after what holds it', ({ spec }) => {
    const { env } = spec.template.spec.containers[0];
    env.push(env.shift());
  }),
  // images, users, security
  set('dist', 'StatefulSet', 'es', `${FIRST}.image`, 'docker.kurrent.io/kurrent-lts/kurrentdb:latest'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.image`, 'docker.kurrent.io/kurrent-latest/kurrentdb:25.1.4'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.image`, 'kurrentdb:26.0.3'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.imagePullPolicy`, 'Always'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.command.2`, '/opt/eventstore/EventStore.ClusterNode'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.command`, ['/opt/kurrentdb/KurrentDB']),
  set('dist', 'StatefulSet', 'es', `${POD}.securityContext.runAsUser`, 1000),
  set('dist', 'StatefulSet', 'es', `${POD}.securityContext.fsGroup`, 1000),
  set('dist', 'StatefulSet', 'es', `${POD}.securityContext.runAsUser`, 0),
  set('dist', 'StatefulSet', 'es', `${FIRST}.securityContext.readOnlyRootFilesystem`, false),
  set('dist', 'StatefulSet', 'es', `${FIRST}.securityContext.capabilities`, { drop: ['ALL'], add: ['NET_ADMIN'] }),
  set('dist', 'StatefulSet', 'es', `${FIRST}.securityContext.privileged`, true),
  set('dist', 'StatefulSet', 'es', `${POD}.hostNetwork`, true),
  set('dist', 'StatefulSet', 'es', `${POD}.enableServiceLinks`, undefined),
  set('dist', 'StatefulSet', 'es', `${POD}.automountServiceAccountToken`, undefined),
  set('dist', 'StatefulSet', 'es', `${POD}.terminationGracePeriodSeconds`, 30),
  set('dist', 'Namespace', 'eventstore', 'metadata.labels.[pod-security.kubernetes.io/enforce]', 'baseline'),
  set('dist', 'Deployment', 'es-frontend', `${POD}.terminationGracePeriodSeconds`, 20),
  set('dist', 'Deployment', 'es-frontend', `${FIRST}.lifecycle`, undefined),
  // the set, its mounts and volumes
  set('dist', 'StatefulSet', 'es', 'spec.ordinals', undefined),
  set('dist', 'StatefulSet', 'es', 'spec.podManagementPolicy', 'OrderedReady'),
  set('dist', 'StatefulSet', 'es', 'spec.replicas', 5),
  set('dist', 'StatefulSet', 'es', 'spec.updateStrategy', { type: 'OnDelete' }),
  set('dist', 'StatefulSet', 'es', `${FIRST}.volumeMounts.0.mountPath`, '/var/lib/kurrentdb'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.volumeMounts.0.name`, 'tmp'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.volumeMounts.1.mountPath`, '/scripts'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.volumeMounts.2`, undefined),
  set('dist', 'StatefulSet', 'es', `${POD}.volumes.0.configMap.name`, 'es-start'),
  set('dist', 'Deployment', 'es-frontend', `${POD}.volumes.0.configMap.name`, 'es-connection'),
  set('dist', 'Deployment', 'es-frontend', `${FIRST}.command.4`, '/etc/nginx/nginx.conf'),
  set('podstorage-3', 'StatefulSet', 'es', `${POD}.volumes.0.emptyDir`, { medium: 'Memory', sizeLimit: '10Gi' }),
  set('podstorage-3', 'StatefulSet', 'es', `${POD}.volumes.0.emptyDir.sizeLimit`, '100Gi'),
  set('podstorage-3', 'StatefulSet', 'es', `${POD}.volumes.0`, { name: 'data', hostPath: { path: '/data' } }),
  // disks
  set('dist', 'PersistentVolume', 'eventstore-es-1', 'spec.persistentVolumeReclaimPolicy', 'Delete'),
  set('dist', 'PersistentVolume', 'eventstore-es-1', 'spec.claimRef.name', 'data-es-2'),
  set('dist', 'PersistentVolume', 'eventstore-es-2', 'spec.csi.volumeAttributes.shareName', 'esdisk-1'),
  set('dist', 'PersistentVolume', 'eventstore-es-2', 'spec.csi.volumeHandle', 'eventstore-azure-secret-esdisk-1'),
  set('dist', 'PersistentVolume', 'eventstore-es-3', 'spec.mountOptions.0', 'uid=1000'),
  set('dist', 'PersistentVolume', 'eventstore-es-3', 'spec.mountOptions.4', 'nostrictsync'),
  set('dist', 'PersistentVolume', 'eventstore-es-3', 'spec.accessModes', ['ReadWriteMany']),
  set('dist', 'PersistentVolume', 'eventstore-es-3', 'spec.capacity.storage', '50Gi'),
  set('dist', 'StatefulSet', 'es', 'spec.volumeClaimTemplates.0.spec.selector', undefined),
  set('dist', 'StatefulSet', 'es', 'spec.volumeClaimTemplates.0.spec.storageClassName', 'default'),
  set('disk-3', 'StatefulSet', 'es', 'spec.volumeClaimTemplates.0.spec.accessModes', ['ReadWriteMany']),
  set('disk-3', 'StatefulSet', 'es', 'spec.volumeClaimTemplates.0.metadata.name', 'db'),
  set('azurefile-nfs', 'PersistentVolume', 'eventstore-es-1', 'spec.mountOptions.2', 'nobrl'),
  set('azurefile-dynamic-23.10', 'StorageClass', 'eventstore-es-azurefile', 'reclaimPolicy', 'Delete'),
  set('azurefile-dynamic-23.10', 'StorageClass', 'eventstore-es-azurefile', 'mountOptions', undefined),
  // policies
  set('dist', 'NetworkPolicy', 'es', 'spec.ingress.1.from', undefined),
  set('dist', 'NetworkPolicy', 'es', 'spec.ingress.1.from.0.podSelector', {}),
  set('dist', 'NetworkPolicy', 'es', 'spec.ingress.1.ports.0.port', 1112),
  set('dist', 'NetworkPolicy', 'es', 'spec.ingress.0.ports.1', undefined),
  set('dist', 'NetworkPolicy', 'es', 'spec.egress.1', undefined),
  set('dist', 'NetworkPolicy', 'es', 'spec.policyTypes', ['Ingress']),
  set('dist', 'NetworkPolicy', 'es', 'spec.podSelector', {}),
  set('dist', 'NetworkPolicy', 'es-frontend', 'spec.egress.0.to', undefined),
  set('dist', 'NetworkPolicy', 'es-frontend', 'spec.ingress.0.from', undefined),
  set('exposure-internal', 'NetworkPolicy', 'es-frontend', 'spec.ingress.0.from.1.ipBlock.cidr', '0.0.0.0/0'),
  // exposure
  set('exposure-internal', 'Service', 'es-frontend', 'spec.externalTrafficPolicy', 'Cluster'),
  set('exposure-internal', 'Service', 'es-frontend', 'metadata.annotations', undefined),
  set('exposure-internal', 'Service', 'es-frontend', 'spec.loadBalancerSourceRanges', ['0.0.0.0/0']),
  set('dist', 'Service', 'es-frontend', 'spec.type', 'LoadBalancer'),
  set('dist', 'Service', 'es-frontend', 'spec.type', 'NodePort'),
  // what clients are told
  set('dist', 'ConfigMap', 'es-connection', 'data.connectionString', 'esdb://es:2113?tls=false'),
  set('dist', 'ConfigMap', 'es-connection', 'data.url', 'https://es.eventstore.svc.cluster.local:2113'),
  set('public-secure', 'ConfigMap', 'es-frontend-connection', 'data.connectionString', 'kurrentdb://es-frontend:2113'),
  // resources
  set('dist', 'StatefulSet', 'es', `${FIRST}.resources.limits.memory`, '512Mi'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.resources.requests.cpu`, '4'),
  set('dist', 'StatefulSet', 'es', `${FIRST}.resources`, undefined),
  set('podstorage-3', 'StatefulSet', 'es', `${FIRST}.resources.limits.ephemeral-storage`, '1Gi'),
  set('dist', 'StatefulSet', 'es', `${POD}.topologySpreadConstraints.0.topologyKey`, 'kubernetes.io/arch'),
  // nginx.conf
  line('one pool for HTTP and gRPC', 'grpc_pass grpc://members_grpc', 'grpc_pass grpc://members'),
  line('a member left out', /server es-2\.\S+ max_fails=1 fail_timeout=10s;\n/, '\n'),
  line('members by their headless names', 'server es-1.eventstore', 'server es-1.es-nodes.eventstore'),
  line('another port', 'listen 2113', 'listen 8080'),
  line('no HTTP/2', 'http2 on', 'http2 off'),
  line('another path for the probe', '/healthz', '/health'),
  line('a probe that fails', 'return 200', 'return 500'),
  line("nginx's default for connecting", '  proxy_connect_timeout 1s;', ''),
  line('posts that are sent twice', 'proxy_next_upstream error timeout;', 'proxy_next_upstream error non_idempotent;'),
  line('puts that are sent twice', 'proxy_next_upstream off;', 'proxy_next_upstream error timeout;'),
  line('the cluster protocol let through', 'return 403', 'return 200'),
  line('the leader asked for over gRPC', 'requires-leader false', 'requires-leader true'),
  line('the host of the pool', 'proxy_set_header Host $host', 'proxy_set_header Host $proxy_host'),
  line('what a client says of itself', 'X-Forwarded-For $remote_addr', 'X-Forwarded-For $http_x_forwarded_for'),
  line('redirects to a member of another number', ':2113/ member_1;', ':2113/ member_2;'),
  line('redirects followed anywhere', 'return 307 $upstream_http_location', 'proxy_pass $upstream_http_location'),
  line('a file that cannot be written', 'pid /tmp/nginx.pid', 'pid /run/nginx.pid'),
  line('a log of everything', ' if=$failed', ''),
  line('h2c let through', '~*^websocket$', '~*.'),
  line('a word that nginx does not know', 'keepalive 128', 'keep_alive 128'),
];
