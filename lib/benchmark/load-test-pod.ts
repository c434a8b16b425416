import { Size } from 'cdk8s';
import { containerSecurity, DNS_CONFIG, podSecurity, resources, secretFiles } from '../kubernetes/hardening';
import * as k8s from '../kubernetes/k8s';
import { sizeText } from '../kubernetes/quantity';
import type { MonitoringStack } from '../monitoring/monitoring-stack';
import type { LoadTestProps } from './load-test-props';
import type { LoadTestNumbers } from './load-test-rules';

/** The version that the tests run. */
export const K6_IMAGE = 'docker.io/grafana/k6:2.2.0';
/** Where a generator's k6 tells the others and the killer when the load starts. */
export const K6_PORT = 6565;
/** Of the k6 image. */
const K6_USER = 12345;
const SCRIPTS_FOLDER = '/scripts';
const RESULTS_FOLDER = '/results';
const CA_FOLDER = '/certs';
/** How long results wait to be fetched. */
export const KEEP_SECONDS = 86_400;

/** What a generator's pod is made from, beside the load test's properties. */
export interface GeneratorInput {
  readonly labels: { [key: string]: string };
  readonly memberLabels?: { [key: string]: string };
  readonly selector: { [key: string]: string };
  readonly name: string;
  readonly configMap: string;
  readonly numbers: LoadTestNumbers;
  readonly caSecretName?: string;
}

/** The template of a generator's pod. */
export function generatorPod(props: LoadTestProps, input: GeneratorInput): k8s.PodTemplateSpec {
  const { name, numbers } = input;
  return {
    metadata: { labels: input.labels },
    spec: {
      ...podBasics(input.memberLabels),
      serviceAccountName: name,
      // with the Service of that name: the generator's name for the others. Indexed Jobs name their pods' hosts themselves
      ...(numbers.generators === 1 && { hostname: `${name}-0` }),
      subdomain: name,
      nodeSelector: props.nodeSelector,
      // k6 then finishes what it has begun
      terminationGracePeriodSeconds: 2 * numbers.timeout + 30,
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: input.selector },
        },
      ],
      containers: [container(props, input)],
      volumes: [
        { name: 'scripts', configMap: { name: input.configMap } },
        props.results?._claimName
          ? { name: 'results', persistentVolumeClaim: { claimName: props.results._claimName } }
          : { name: 'results', emptyDir: { sizeLimit: k8s.Quantity.fromString('10Gi') } },
        { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('64Mi') } },
        ...caVolume(input.caSecretName),
      ],
    },
  };
}

/** What all pods of a benchmark have in common. */
export function podBasics(memberLabels: { [key: string]: string } | undefined): Omit<k8s.PodSpec, 'containers'> {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    securityContext: podSecurity(K6_USER, K6_USER),
    dnsConfig: DNS_CONFIG,
    // on a machine with a member they would measure each other
    affinity: memberLabels && {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: memberLabels } },
          },
        ],
      },
    },
  };
}

function container(props: LoadTestProps, input: GeneratorInput): k8s.Container {
  const results = props.results?._kind ?? 'pod';
  return {
    name: 'k6',
    image: props.image ?? K6_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', `${SCRIPTS_FOLDER}/run.sh`],
    env: [
      // all generators of a Job have it, and no other run has
      {
        name: 'RUN',
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" } },
      },
      { name: 'SCRIPTS', value: SCRIPTS_FOLDER },
      { name: 'SETTINGS', value: `${SCRIPTS_FOLDER}/settings.json` },
      { name: 'RESULTS', value: results === 'claim' ? `${RESULTS_FOLDER}/$(RUN)` : RESULTS_FOLDER },
      { name: 'LISTEN', value: `0.0.0.0:${K6_PORT}` },
      ...(results === 'log'
        ? [{ name: 'PRINT', value: 'true' }]
        : [{ name: 'KEEP_SECONDS', value: `${KEEP_SECONDS}` }]),
      ...figures(props.monitoring),
      ...K6_ENVIRONMENT,
      ...credentials(props.credentialsSecretName),
      ...caEnvironment(input.caSecretName),
    ],
    ports: [{ name: 'k6', containerPort: K6_PORT }],
    securityContext: containerSecurity(),
    resources: generatorResources(props, input.numbers),
    volumeMounts: [
      { name: 'scripts', mountPath: SCRIPTS_FOLDER, readOnly: true },
      { name: 'results', mountPath: RESULTS_FOLDER },
      { name: 'tmp', mountPath: '/tmp' },
      ...caMount(input.caSecretName),
    ],
  };
}

/** Of every k6: it tells nobody of its use, fetches nothing, and writes where it may. */
export const K6_ENVIRONMENT: k8s.EnvVar[] = [
  { name: 'K6_NO_USAGE_REPORT', value: 'true' },
  { name: 'K6_AUTO_EXTENSION_RESOLUTION', value: 'false' },
  { name: 'HOME', value: '/tmp' },
];

/** Where run.sh lets k6 write its figures, beside the results. k6 itself keeps users and addresses out of the tags. */
function figures(monitoring: MonitoringStack | undefined): k8s.EnvVar[] {
  return monitoring ? [{ name: 'INFLUXDB', value: `${monitoring.influxdbUrl}/${monitoring.database}` }] : [];
}

function credentials(secretName: string | undefined): k8s.EnvVar[] {
  if (!secretName) return [];
  const from = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: secretName, key } } });
  return [from('ES_USERNAME', 'username'), from('ES_PASSWORD', 'password')];
}

/** The members' authority, beside those that the image knows. */
export function caEnvironment(secretName: string | undefined): k8s.EnvVar[] {
  return secretName ? [{ name: 'SSL_CERT_DIR', value: CA_FOLDER }] : [];
}

export function caVolume(secretName: string | undefined): k8s.Volume[] {
  // only the authority: the Secret may hold a member's key
  return secretName ? [{ name: 'ca', secret: secretFiles(secretName, ['ca.crt']) }] : [];
}

export function caMount(secretName: string | undefined): k8s.VolumeMount[] {
  return secretName ? [{ name: 'ca', mountPath: CA_FOLDER, readOnly: true }] : [];
}

function generatorResources(props: LoadTestProps, { users, generators }: LoadTestNumbers): k8s.ResourceRequirements {
  const { cpuRequest = '500m', cpuLimit = '4', memory } = props.resources ?? {};
  const size = sizeText(memory ?? Size.mebibytes(512 + 4 * Math.ceil(users / generators)));
  return resources(
    { cpu: cpuRequest, memory: size, 'ephemeral-storage': '1Gi' },
    { cpu: cpuLimit, memory: size, 'ephemeral-storage': '11Gi' },
  );
}
