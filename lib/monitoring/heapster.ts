import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { resources } from '../kubernetes/hardening';
import * as k8s from '../kubernetes/k8s';
import { tcp, toDns } from '../kubernetes/network';
import { pod } from '../kubernetes/pod';
import { clusterRights, TOKEN_MOUNT, toKubernetes, tokenVolume } from './kubelet-access';
import { deployment, INFLUXDB_PORT, networkPolicy, type Part, serviceAccount } from './parts';

/** The last release. Its old home, k8s.gcr.io, is frozen; whether the new one still has it could not be tried. */
const IMAGE = 'registry.k8s.io/heapster-amd64:v1.5.4';
const USER = 65534;
const PORT = 8082;

/** What heapster is made from. */
export interface HeapsterProps {
  readonly part: Part;
  readonly influxdb: { [key: string]: string };
  readonly image?: string;
}

/**
 * The collector of 2017, for figures that can be compared with those of then: same source, same sink, same schema in
 * InfluxDB. It knows pods and machines, and nothing of the database's own metrics.
 */
export class Heapster extends Construct {
  public readonly deployment: ApiObject;
  public readonly clusterRole: ApiObject;

  constructor(scope: Construct, id: string, props: HeapsterProps) {
    super(scope, id);
    const { part } = props;
    serviceAccount(this, part);
    this.clusterRole = clusterRights(this, part, [
      { apiGroups: [''], resources: ['nodes', 'pods', 'namespaces'], verbs: ['get', 'list', 'watch'] },
      // missing in Kubernetes' own role system:heapster
      { apiGroups: [''], resources: ['nodes/stats'], verbs: ['get'] },
    ]);
    networkPolicy(this, part, {
      egress: [
        { to: [{ podSelector: { matchLabels: props.influxdb } }], ports: tcp(INFLUXDB_PORT) },
        toKubernetes(),
        toDns(),
      ],
    });
    this.deployment = deployment(this, part, heapsterPod(props));
  }
}

function heapsterPod({ part, image }: HeapsterProps): k8s.PodTemplateSpec {
  const port = k8s.IntOrString.fromNumber(PORT);
  return pod({
    labels: part.labels,
    serviceAccount: part.name,
    user: USER,
    group: USER,
    container: {
      name: 'heapster',
      image: image ?? IMAGE,
      command: [
        '/heapster',
        // the kubelets' secure port, the only one that there still is
        '--source=kubernetes.summary_api:https://kubernetes.default?kubeletHttps=true&kubeletPort=10250&insecure=true&useServiceAccount=true',
        // as in 2017, but for the namespace
        `--sink=influxdb:http://${part.stack}-influxdb.${part.namespace}.svc:${INFLUXDB_PORT}`,
      ],
      ports: [{ name: 'http', containerPort: PORT }],
      startupProbe: { tcpSocket: { port }, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 90 },
      livenessProbe: { httpGet: { path: '/healthz', port }, periodSeconds: 10, timeoutSeconds: 5 },
      readinessProbe: { tcpSocket: { port }, periodSeconds: 5, timeoutSeconds: 3 },
      resources: resources(
        { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '32Mi' },
        { cpu: '1', memory: '512Mi', 'ephemeral-storage': '128Mi' },
      ),
      volumeMounts: [TOKEN_MOUNT],
    },
    // it reads its token once: the longest life there is (AKS gives a day)
    volumes: [tokenVolume(24 * 3600)],
  });
}
