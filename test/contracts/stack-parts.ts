import type { Manifest } from '../helpers';
import { type ClusterParts, clustersOf } from './parts';
import { podSpec, podTemplate, type World } from './world';

/** One program of a monitoring stack or of a benchmark: a workload of one kind of pod with one container. */
export interface Program {
  readonly workload: Manifest;
  readonly name: string;
  readonly namespace: string;
  /** The stack's name, or the cluster's. */
  readonly instance: string;
  /** What it is: `telegraf`, `benchmark-kills`. */
  readonly component: string;
  readonly container: Manifest;
}

const NAME = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';
const COMPONENT = 'app.kubernetes.io/component';
const OF_STACK = ['telegraf', 'heapster', 'influxdb', 'grafana'];
const OF_BENCHMARK = ['benchmark', 'benchmark-kills'];

/** Everything that is neither a member nor a front end. Their labels are held by what all workloads promise. */
export function programsOf(world: World): Program[] {
  return world.workloads.flatMap((workload) => {
    const labels = podTemplate(workload).metadata.labels ?? {};
    const component = labels[COMPONENT];
    if (![...OF_STACK, ...OF_BENCHMARK].includes(component)) return [];
    const { name, namespace } = workload.metadata;
    return [
      { workload, name, namespace, instance: labels[INSTANCE], component, container: podSpec(workload).containers[0] },
    ];
  });
}

export function isOfStack({ component }: Program): boolean {
  return OF_STACK.includes(component);
}

/** The program beside another: Grafana's InfluxDB. */
export function beside(world: World, { instance, namespace }: Program, component: string): Program | undefined {
  return programsOf(world).find(
    (one) => one.instance === instance && one.namespace === namespace && one.component === component,
  );
}

/** The cluster that a benchmark is for. */
export function clusterOf(world: World, { instance, namespace }: Program): ClusterParts | undefined {
  return clustersOf(world).find((one) => one.name === instance && one.namespace === namespace);
}

/** The labels by which a program's pods are found, as its Deployment and its policies do. */
export function selectorOf({ workload }: Program): Record<string, string> {
  const labels = podTemplate(workload).metadata.labels;
  return Object.fromEntries([NAME, INSTANCE, COMPONENT].map((key) => [key, labels[key]]));
}

/** The token that a program has by a volume of its own, since pods have none by themselves. */
export const TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What the volume with the token holds: the token, and the authority of the API server, which Kubernetes puts everywhere. */
export function tokenSources(seconds: number): Manifest[] {
  return [
    { serviceAccountToken: { path: 'token', expirationSeconds: seconds } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  ];
}
