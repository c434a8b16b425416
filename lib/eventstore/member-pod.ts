import { Size } from 'cdk8s';
import { IMPATIENT_DNS, resources, secretFiles, spread } from '../kubernetes/hardening';
import * as k8s from '../kubernetes/k8s';
import { pod } from '../kubernetes/pod';
import { sizeText } from '../kubernetes/quantity';
import { type EventStoreClusterProps, type EventStoreResources, EventStoreSpread } from './cluster-props';
import { HTTP_PORT, REPLICATION_PORT } from './node';
import type { EventStoreRelease } from './release';
import type { SecurityParts } from './security';
import { DATA, type StorageKind } from './storage-kind';

/** Where the volume lies in the pod. The database has a folder in it: a volume's root may hold a `lost+found`. */
const VOLUME_PATH = '/data';
/** Not the server's default path: with that one it falls back to the container's own layer when it cannot write. */
export const DATABASE_PATH = `${VOLUME_PATH}/db`;

const SCRIPT_FOLDER = '/start';
export const SCRIPT = 'start.sh';

/** What a member's pod is made from: the properties of its cluster, and what the cluster made of them. */
export interface MemberPodInput extends EventStoreClusterProps {
  readonly release: EventStoreRelease;
  readonly options: Record<string, string>;
  readonly labels: Record<string, string>;
  readonly selector: Record<string, string>;
  readonly serviceAccount: string;
  readonly startConfigMap: string;
  readonly storageKind: StorageKind;
  readonly securityParts: SecurityParts;
  readonly secure: boolean;
  /** the name that a member advertises, with `$(POD_NAME)` in place of the pod's */
  readonly advertised: string;
}

/** The pod of a member, the same for all: what differs between members comes from the pod's own name. */
export function memberPod(input: MemberPodInput): k8s.PodTemplateSpec {
  const { storageKind: storage, securityParts: security } = input;
  const secretVolumes = security.files.map((file) => ({ ...file, volume: file.path.slice(1).replace(/\//g, '-') }));
  return pod({
    labels: input.labels,
    serviceAccount: input.serviceAccount,
    user: input.release.user,
    group: input.release.group,
    spec: {
      // a leader hands over first (start.sh), then the server closes its connections: seen up to 9 s
      terminationGracePeriodSeconds: 60,
      dnsConfig: IMPATIENT_DNS,
      topologySpreadConstraints: spread(input.selector, input.spread ?? EventStoreSpread.REQUIRED),
      nodeSelector: input.nodeSelector,
      priorityClassName: input.priorityClassName,
    },
    container: {
      name: 'eventstore',
      image: input.release.image,
      // start.sh is PID 1 and starts the server: docs/safe-start.md
      command: ['/bin/sh', `${SCRIPT_FOLDER}/${SCRIPT}`, input.release.executable],
      env: environment(input),
      ports: [
        { name: 'http', containerPort: HTTP_PORT },
        { name: 'replication', containerPort: REPLICATION_PORT },
      ],
      ...probes(input.secure),
      resources: memberResources(input.resources ?? {}, storage),
      volumeMounts: [
        { name: DATA, mountPath: VOLUME_PATH },
        { name: 'start', mountPath: SCRIPT_FOLDER, readOnly: true },
        // the server's named mutex lies here, on a root that nobody can write
        { name: 'tmp', mountPath: '/tmp' },
        ...secretVolumes.map(({ volume, path }) => ({ name: volume, mountPath: path, readOnly: true })),
      ],
    },
    volumes: [
      ...(storage.volume ? [storage.volume] : []),
      { name: 'start', configMap: { name: input.startConfigMap } },
      { name: 'tmp', emptyDir: {} },
      ...secretVolumes.map(({ volume, secretName, keys }) => ({
        name: volume,
        secret: secretFiles(secretName, keys),
      })),
    ],
  });
}

function memberResources(given: EventStoreResources, storage: StorageKind): k8s.ResourceRequirements {
  // the pod's own disk holds logs and /tmp, and on pod storage the data
  const data = storage.onPodDisk?.toMebibytes() ?? 0;
  return resources(
    {
      cpu: given.cpuRequest ?? '500m',
      memory: sizeText(given.memoryRequest ?? Size.gibibytes(1)),
      'ephemeral-storage': sizeText(Size.mebibytes(data + 64)),
    },
    {
      cpu: given.cpuLimit ?? '2',
      memory: sizeText(given.memoryLimit ?? Size.gibibytes(2)),
      'ephemeral-storage': sizeText(Size.mebibytes(data + 1024)),
    },
  );
}

function environment(input: MemberPodInput): k8s.EnvVar[] {
  const { release, securityParts: security } = input;
  const plain = (values: Record<string, string>): k8s.EnvVar[] =>
    Object.entries(values).map(([name, value]) => ({ name, value }));
  const fromSecrets = {
    ...security.secretOptions,
    ...(input.licenseSecretName && { Licensing__LicenseKey: { name: input.licenseSecretName, key: 'licenseKey' } }),
  };
  return [
    // with the version that the API server would fill in: left out, a first `kubectl apply --server-side` conflicts with it
    { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    ...plain({
      SERVER_ENV_PREFIX: release.environmentPrefix,
      ...(security.curlOptions && {
        LOCAL_URL: `https://${input.advertised}:${HTTP_PORT}`,
        // its own name leads to itself without a question to the DNS
        CURL_OPTIONS: `--resolve ${input.advertised}:${HTTP_PORT}:127.0.0.1 ${security.curlOptions}`,
      }),
      ...(input.lostMajorityPatience && { LOST_MAJORITY_SECONDS: String(input.lostMajorityPatience.toSeconds()) }),
    }),
    ...plain(
      Object.fromEntries(
        Object.entries(input.options).map(([name, value]) => [release.environmentVariable(name), value]),
      ),
    ),
    ...Object.entries(fromSecrets).map(([option, secretKeyRef]) => ({
      name: release.environmentVariable(option),
      valueFrom: { secretKeyRef },
    })),
  ];
}

/**
 * Alive is a server that answers: a frozen one is ended after a minute. Ready is a member that is of use: only its
 * state tells, since the server's own health page is content without a leader. Starting may take an hour, for the
 * index of a large database is built before anything answers.
 */
function probes(secure: boolean): Pick<k8s.Container, 'startupProbe' | 'livenessProbe' | 'readinessProbe'> {
  return {
    startupProbe: { tcpSocket: { port: k8s.IntOrString.fromString('http') }, periodSeconds: 2, failureThreshold: 1800 },
    livenessProbe: {
      httpGet: { path: '/ping', port: k8s.IntOrString.fromString('http'), ...(secure && { scheme: 'HTTPS' }) },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    readinessProbe: {
      exec: { command: ['/bin/sh', `${SCRIPT_FOLDER}/${SCRIPT}`, 'ready'] },
      periodSeconds: 2,
      timeoutSeconds: 5,
      failureThreshold: 2,
    },
  };
}
