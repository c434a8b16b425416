import type { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { EventStoreError } from '../errors';
import { requireSyntax } from '../eventstore/azure-names';
import type { EventStoreCluster } from '../eventstore/cluster';
import { requireStorageClass } from '../eventstore/storage-kind';
import { FrontendExposure } from '../frontend/frontend-props';
import { claimOnce } from '../kubernetes/registry';
import { addWarning } from '../warnings';
import { MonitoringCollector, type MonitoringStackProps } from './monitoring-props';

/** Fails for what cannot be or must not be. */
export function requireRules(props: MonitoringStackProps, namespace: string): void {
  for (const name of [props.credentialsSecretName, props.grafanaSecretName, props.grafanaTlsSecretName]) {
    requireSyntax('secret name', name);
  }
  if (props.storageClassName !== undefined) requireStorageClass(props.storageClassName);
  requireClusters(props.clusters);
  if (props.collector !== MonitoringCollector.HEAPSTER) {
    for (const cluster of props.clusters) requireReadable(cluster, props, namespace);
  }
  const exposure = props.grafanaExposure ?? FrontendExposure.CLUSTER;
  if (exposure !== FrontendExposure.CLUSTER && !props.grafanaSecretName) {
    throw new EventStoreError(
      'ES501',
      `grafanaExposure "${exposure}" needs a Secret with the administrator, got none: without it anybody who reaches Grafana would see everything, so give grafanaSecretName (keys admin-user and admin-password), or choose "cluster"`,
    );
  }
}

/** That there is something to look at, and nothing twice. */
export function requireClusters(clusters: EventStoreCluster[]): void {
  const names = clusters.map(({ name, namespace }) => `${namespace}/${name}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (names.length === 0 || twice) {
    throw new EventStoreError(
      'ES506',
      `clusters must be at least one, each once, got ${twice ? `${twice} twice` : 'none'}: list what there is to look at`,
    );
  }
}

/** That the metrics of this cluster's members can be read. */
export function requireReadable(
  cluster: EventStoreCluster,
  props: Pick<MonitoringStackProps, 'credentialsSecretName'>,
  namespace: string,
): void {
  const { name, release } = cluster;
  if (!release.servesMetrics) {
    throw new EventStoreError(
      'ES505',
      `monitored clusters must serve /metrics, got ${name} with ${release.product} ${release.version}: choose a line that does, or leave the cluster out`,
    );
  }
  if (cluster.secure && !props.credentialsSecretName) {
    const authority = cluster.namespace === namespace ? '' : ' and ca.crt';
    throw new EventStoreError(
      'ES502',
      `monitored secure clusters need a user, got ${name} without: its members answer 401 to others, so give credentialsSecretName, a Secret in ${namespace} with username, password${authority}`,
    );
  }
}

/** ES503: what belongs to one stack alone. */
export function requireUnique(stack: Construct, services: string[], clusterScoped: string[]): void {
  const { path } = stack.node;
  const claims = [...services.map((name) => ['service', name]), ...clusterScoped.map((name) => ['clusterrole', name])];
  for (const [kind, name] of claims) {
    const first = claimOnce(stack, `${kind} ${name}`, path);
    if (first !== path) {
      throw new EventStoreError(
        'ES503',
        `monitoring names must give every object a name of its own, got ${kind} ${name} for ${first} and ${path}: their objects would replace each other, so give one of them another name`,
      );
    }
  }
}

/** What InfluxDB allows at least. */
const LEAST_MINUTES = 60;

/** ES504: how long figures are kept. */
export function requireRetention(retention: Duration, benchmark?: Duration): void {
  const kept = retention.toMilliseconds() / 60_000;
  const needed = Math.max(LEAST_MINUTES, benchmark ? benchmark.toMilliseconds() / 60_000 : 0);
  if (!Number.isInteger(kept) || kept < needed) {
    const reason =
      needed > LEAST_MINUTES
        ? 'the beginning of the benchmark would be gone before its end'
        : 'InfluxDB keeps nothing for less, and a benchmark would be gone before anybody has looked at it';
    throw new EventStoreError(
      'ES504',
      `retention must be whole minutes, at least ${Math.ceil(needed)}, got ${kept}: ${reason}; choose e.g. 14 days`,
    );
  }
}

/** ES507: from elsewhere InfluxDB would be called in vain, and nobody would notice. */
export function requireWriter(namespace: string, writers: string[]): void {
  if (!writers.includes(namespace)) {
    throw new EventStoreError(
      'ES507',
      `a load test with monitoring must be in a namespace of the stack or its clusters (${writers.join(', ')}), got ${namespace}: put it there, or give the stack the cluster`,
    );
  }
}

/** What is legal and dangerous. */
export function warnAbout(stack: Construct, props: MonitoringStackProps): void {
  const heapster = props.collector === MonitoringCollector.HEAPSTER;
  if (props.nodesProxy && !heapster) {
    addWarning(
      stack,
      'ES501W',
      "nodesProxy: whoever gets hold of Telegraf's token can run commands in every pod of every machine; only Kubernetes older than 1.33 needs it",
    );
  }
  if (heapster) {
    addWarning(
      stack,
      'ES502W',
      'collector heapster: retired in 2018, no longer fixed, reads its token once and so stops within a day, and knows nothing of the database; use telegraf',
    );
  }
  const exposed = props.grafanaExposure !== undefined && props.grafanaExposure !== FrontendExposure.CLUSTER;
  if (exposed && !props.grafanaTlsSecretName) {
    addWarning(
      stack,
      'ES503W',
      'exposed Grafana without TLS: passwords cross the network readable; give a certificate',
    );
  }
}
