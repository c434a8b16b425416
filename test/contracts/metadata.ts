import type { Manifest } from '../helpers';
import { type Contract, canonical, matches, podTemplate, type World } from './world';

/** The kinds that manifests of ours hold, with the version that every Kubernetes from 1.27 on serves. */
const VERSIONS: Record<string, string> = {
  Namespace: 'v1',
  Service: 'v1',
  ServiceAccount: 'v1',
  ConfigMap: 'v1',
  Secret: 'v1',
  Pod: 'v1',
  PersistentVolume: 'v1',
  PersistentVolumeClaim: 'v1',
  StatefulSet: 'apps/v1',
  Deployment: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  PodDisruptionBudget: 'policy/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  Ingress: 'networking.k8s.io/v1',
  StorageClass: 'storage.k8s.io/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
};
const WITHOUT_NAMESPACE = ['Namespace', 'PersistentVolume', 'StorageClass', 'ClusterRole', 'ClusterRoleBinding'];
/** Objects of other makers' kinds, such as ServiceMonitor: their group has a domain that is not Kubernetes'. */
const CUSTOM = /^[a-z]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+\/v[0-9]\w*$/;

const NAME = 'app.kubernetes.io/name';
const INSTANCE = 'app.kubernetes.io/instance';
const COMPONENT = 'app.kubernetes.io/component';
const PART_OF = 'app.kubernetes.io/part-of';
const MANAGED_BY = 'app.kubernetes.io/managed-by';
const MANAGER = 'cdk8s-eventstore';
const POD_SECURITY = 'pod-security.kubernetes.io/enforce';

/** Kinds, names, namespaces and labels. */
export const metadata: Contract = (world) => {
  const seen = new Set<string>();
  for (const object of world.manifests) {
    const { kind, apiVersion } = object;
    const known = VERSIONS[kind]
      ? VERSIONS[kind] === apiVersion
      : CUSTOM.test(apiVersion) && !/k8s\.io/.test(apiVersion);
    world.expect(known, 'kinds', object, `${apiVersion} ${kind} is nothing that Kubernetes 1.27 and later serve`);
    requireName(world, object);
    const identity = canonical([kind, object.metadata.namespace, object.metadata.name]);
    world.expect(!seen.has(identity), 'names', object, 'another object of this kind has the name');
    seen.add(identity);
    requireLabels(world, object);
  }
  for (const namespace of world.of('Namespace')) requirePodSecurity(world, namespace);
  requireNamespaces(world);
};

function requireName(world: World, object: Manifest): void {
  const { name, namespace } = object.metadata;
  const label = ['Service', 'Namespace', 'StatefulSet', 'Deployment'].includes(object.kind);
  const form = label ? /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/ : /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
  world.expect(form.test(name ?? ''), 'names', object, `${name} is no name of a ${object.kind}`);
  if (WITHOUT_NAMESPACE.includes(object.kind)) {
    world.expect(namespace === undefined, 'names', object, 'an object of the whole Kubernetes has no namespace');
  } else {
    world.expect(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(namespace ?? ''), 'names', object, 'its namespace is none');
  }
}

/** Who made an object and to which pods it belongs: people and tools filter by these labels. */
function requireLabels(world: World, object: Manifest): void {
  const labels = object.metadata.labels ?? {};
  if (!WITHOUT_NAMESPACE.includes(object.kind)) {
    world.equal(labels[MANAGED_BY], MANAGER, 'labels', object, MANAGED_BY);
    world.expect(labels[PART_OF], 'labels', object, `the label ${PART_OF} is missing`);
  }
  if (!(NAME in labels || INSTANCE in labels || COMPONENT in labels || MANAGED_BY in labels)) return;
  if (['Namespace', 'ClusterRole', 'ClusterRoleBinding'].includes(object.kind)) {
    world.equal(labels[MANAGED_BY], MANAGER, 'labels', object, MANAGED_BY);
    return;
  }
  // what somebody else's Prometheus and Grafana pick up is of no pods of ours
  if (labels[COMPONENT] === 'prometheus') {
    world.equal(labels[NAME], 'eventstore-monitoring', 'labels', object, NAME);
    world.equal(labels[PART_OF], labels[INSTANCE], 'labels', object, PART_OF);
    return;
  }
  const workload = world.workloads.find((w) => {
    const own = podTemplate(w).metadata?.labels ?? {};
    return [NAME, INSTANCE, COMPONENT].every((key) => labels[key] !== undefined && own[key] === labels[key]);
  });
  if (!world.expect(workload, 'labels', object, `${canonical(labels)}: no pods have this name, instance, component`)) {
    return;
  }
  if (PART_OF in labels) world.equal(labels[PART_OF], labels[INSTANCE], 'labels', object, PART_OF);
  if (object === workload) {
    const template = podTemplate(object).metadata.labels;
    world.expect(matches(labels, template), 'labels', object, 'its pods must carry the labels that it has itself');
  }
}

function requirePodSecurity(world: World, namespace: Manifest): void {
  const { labels, name } = namespace.metadata;
  world.equal(labels?.[POD_SECURITY], 'restricted', 'pod security', namespace, POD_SECURITY);
  world.equal(labels?.[MANAGED_BY], MANAGER, 'labels', namespace, MANAGED_BY);
  const used = world.manifests.some((m) => m.metadata.namespace === name);
  world.expect(used, 'names', namespace, 'nothing is in this namespace');
}

/** A folder brings the namespaces of its workloads, since `kubectl apply` makes none, unless somebody else makes them. */
function requireNamespaces(world: World): void {
  const made = world.of('Namespace').map((m) => m.metadata.name);
  if (world.chosen.namespaceElsewhere) return;
  for (const workload of world.workloads) {
    const { namespace } = workload.metadata;
    world.expect(made.includes(namespace), 'names', workload, `the namespace ${namespace} is not among the objects`);
  }
}
