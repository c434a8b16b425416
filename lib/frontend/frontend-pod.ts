import { resources, secretFiles, spread } from '../kubernetes/hardening';
import * as k8s from '../kubernetes/k8s';
import { pod } from '../kubernetes/pod';
import { FRONTEND_PORT, type NginxPaths, SHUTDOWN_SECONDS } from './nginx-options';

/** Of the nginx-unprivileged images. */
const NGINX_USER = 101;
const CONFIG_FOLDER = '/etc/frontend/config';
const USERS_FOLDER = '/etc/frontend/users';
const CA_FOLDER = '/etc/frontend/ca';

export const CONFIG_FILE = 'nginx.conf';

/** What a front end's pod is made from. */
export interface FrontendPodInput {
  readonly image: string;
  readonly labels: { [key: string]: string };
  readonly selector: { [key: string]: string };
  readonly serviceAccount: string;
  readonly configMap: string;
  readonly tlsSecretName?: string;
  readonly basicAuthSecretName?: string;
  readonly caSecretName?: string;
  /** Whether a load balancer sends it traffic, and so must notice first that the pod is leaving. */
  readonly balanced: boolean;
}

/** Where nginx finds its files in the pod. */
export function podPaths(caSecretName: string | undefined): NginxPaths {
  return {
    temp: '/tmp',
    tls: '/etc/frontend/tls',
    users: `${USERS_FOLDER}/auth`,
    ca: caSecretName ? `${CA_FOLDER}/ca.crt` : '/etc/ssl/certs/ca-certificates.crt',
  };
}

/** The template of a front end's pods. */
export function frontendPod(input: FrontendPodInput): k8s.PodTemplateSpec {
  const files = mounts(input);
  // how long others go on sending connections: kube-proxy about a second, Azure's probe two times five
  const noticed = input.balanced ? 15 : 5;
  return pod({
    labels: input.labels,
    serviceAccount: input.serviceAccount,
    user: NGINX_USER,
    group: NGINX_USER,
    spec: {
      terminationGracePeriodSeconds: noticed + SHUTDOWN_SECONDS + 5,
      topologySpreadConstraints: spread(input.selector, 'preferred'),
    },
    container: container(input, noticed, files),
    volumes: [
      ...files.map(({ name, source }) => ({ name, ...source })),
      // request bodies that do not fit into memory
      { name: 'tmp', emptyDir: { sizeLimit: k8s.Quantity.fromString('1Gi') } },
    ],
  });
}

function container(input: FrontendPodInput, noticed: number, files: Mount[]): k8s.Container {
  const port = k8s.IntOrString.fromNumber(FRONTEND_PORT);
  return {
    name: 'nginx',
    image: input.image,
    // not the image's entrypoint: it edits files, and the root file system is read-only
    command: ['nginx', '-e', 'stderr', '-c', `${CONFIG_FOLDER}/${CONFIG_FILE}`],
    ports: [{ name: 'http', containerPort: FRONTEND_PORT }],
    resources: resources(
      { cpu: '100m', memory: '64Mi', 'ephemeral-storage': '64Mi' },
      // two workers cannot use more than two processors, so this limit never throttles
      { cpu: '2', memory: '256Mi', 'ephemeral-storage': '1280Mi' },
    ),
    // alive is whoever takes a connection: a slow answer under load is no reason for a restart
    livenessProbe: { tcpSocket: { port }, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
    readinessProbe: {
      httpGet: { path: '/healthz', port, ...(input.tlsSecretName && { scheme: 'HTTPS' }) },
      periodSeconds: 5,
      timeoutSeconds: 2,
      failureThreshold: 2,
    },
    // then the image's stop signal, SIGQUIT, lets nginx finish what it is doing
    lifecycle: { preStop: { exec: { command: ['sleep', String(noticed)] } } },
    volumeMounts: [
      ...files.map(({ name, mountPath }) => ({ name, mountPath, readOnly: true })),
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly source: Partial<k8s.Volume>;
}

function mounts(input: FrontendPodInput): Mount[] {
  const secret = (name: string, secretName: string | undefined, mountPath: string, keys?: string[]): Mount[] =>
    secretName ? [{ name, mountPath, source: { secret: secretFiles(secretName, keys) } }] : [];
  return [
    { name: 'config', mountPath: CONFIG_FOLDER, source: { configMap: { name: input.configMap } } },
    ...secret('tls', input.tlsSecretName, podPaths(undefined).tls),
    ...secret('users', input.basicAuthSecretName, USERS_FOLDER),
    // only the authority: the Secret may hold a member's key
    ...secret('ca', input.caSecretName, CA_FOLDER, ['ca.crt']),
  ];
}
