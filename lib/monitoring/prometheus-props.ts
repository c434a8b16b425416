import type { EventStoreCluster } from '../eventstore/cluster';

/** Properties of `PrometheusMonitoring`. */
export interface PrometheusMonitoringProps {
  /**
   * What is looked at: these clusters' metrics. They may be in any namespace.
   */
  readonly clusters: EventStoreCluster[];
  /**
   * What the names of its objects start with.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Whether Prometheus is Azure's managed one, which has a group of its own for the operator's kinds and takes rules
   * only through Azure's own API: there is then no PrometheusRule, and `rules` has what it would hold.
   *
   * @default false
   */
  readonly azureManaged?: boolean;
  /**
   * Labels by which Prometheus' operator finds ServiceMonitors and rules.
   *
   * @default - none
   * @example { release: 'kube-prometheus-stack' }
   */
  readonly labels?: { [key: string]: string };
  /**
   * The namespace of the pods that scrape; the clusters' NetworkPolicies let them in.
   *
   * @default 'monitoring', and 'kube-system' where Azure manages it
   */
  readonly prometheusNamespace?: string;
  /**
   * Secret in the chart's namespace with a user of the databases under `username` and `password`, for clusters that
   * demand one. Any user will do, it needs no rights. For clusters in other namespaces the Secret also holds, under
   * `ca.crt`, the authority of their certificates.
   *
   * @default - none: all clusters must be insecure
   */
  readonly credentialsSecretName?: string;
  /**
   * The `uid` of Prometheus as Grafana's data source.
   *
   * @default 'prometheus'
   */
  readonly datasourceUid?: string;
}
