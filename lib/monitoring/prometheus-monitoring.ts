import { type ApiObject, Yaml } from 'cdk8s';
import { Construct } from 'constructs';
import type { EventStoreCluster } from '../eventstore/cluster';
import { HTTP_PORT } from '../eventstore/node';
import * as k8s from '../kubernetes/k8s';
import { type Identity, memberIdentity, objectLabels, selectorLabels } from '../kubernetes/labels';
import { requireName } from '../kubernetes/names';
import { tcp } from '../kubernetes/network';
import { namespaced, requireNamespace } from '../kubernetes/objects';
import { type RuleGroup, ruleGroup } from './alerts';
import { ServiceMonitor as AzureServiceMonitor } from './crds/azmonitoring.coreos.com.generated';
import { PrometheusRule, ServiceMonitor } from './crds/monitoring.coreos.com.generated';
import { type Dashboard, dashboards } from './dashboards';
import type { PrometheusMonitoringProps } from './prometheus-props';
import { requireRules, warnAbout } from './prometheus-rules';
import { serviceMonitorSpec } from './service-monitor';

export * from './prometheus-props';

/** The longest name that is made from the monitoring's. */
const LONGEST_SUFFIX = '-dashboard-eventstore';

/**
 * Shows clusters to a Prometheus that is there already, by its operator or managed by Azure: what to scrape, when to
 * warn, and the dashboards of `MonitoringStack` for a Grafana with the usual sidecar. It runs nothing itself.
 *
 * Throws ES502, ES503, ES505 and ES510 for what cannot be monitored; docs/rules.md explains each.
 */
export class PrometheusMonitoring extends Construct {
  /** The name that its objects' names start with. */
  public readonly name: string;
  /** The ServiceMonitors, one for each cluster. */
  public readonly serviceMonitors: ApiObject[];
  /** The PrometheusRule; none where Azure manages Prometheus. */
  public readonly prometheusRule?: ApiObject;
  /** The ConfigMaps with the dashboards. */
  public readonly dashboards: ApiObject[];
  /** The NetworkPolicies that let Prometheus in, one for each cluster. */
  public readonly networkPolicies: ApiObject[];
  /** The alerts as Prometheus' own file of rules, for those who load rules by other means. */
  public readonly rules: string;

  private readonly namespace: string;
  private readonly identity: Identity;

  constructor(scope: Construct, id: string, props: PrometheusMonitoringProps) {
    super(scope, id);
    this.name = props.name ?? id;
    requireName('monitoring name', this.name, LONGEST_SUFFIX);
    this.namespace = requireNamespace(this);
    requireRules(this, props, this.namespace);
    this.identity = { name: 'eventstore-monitoring', instance: this.name, component: 'prometheus' };

    const groups = props.clusters.map((cluster) => this.ruleGroup(cluster));
    this.rules = Yaml.stringify({ groups });
    this.serviceMonitors = props.clusters.map((cluster) => this.makeServiceMonitor(cluster, props));
    this.prometheusRule = props.azureManaged ? undefined : this.makeRule(groups, props);
    this.networkPolicies = props.clusters.map((cluster) => this.makeNetworkPolicy(cluster, props));
    this.dashboards = this.render(props).map((dashboard) => this.makeDashboard(dashboard));
    warnAbout(this, props);
  }

  private makeServiceMonitor(cluster: EventStoreCluster, props: PrometheusMonitoringProps): ApiObject {
    const manifest = ServiceMonitor.manifest({
      metadata: this.metadata(`${this.name}-${cluster.namespace}-${cluster.name}`, props.labels),
      spec: serviceMonitorSpec(cluster, this.namespace, props),
    });
    return namespaced(this, `ServiceMonitor-${cluster.namespace}-${cluster.name}`, {
      ...manifest,
      // the same kind, but for its group
      ...(props.azureManaged && AzureServiceMonitor.GVK),
    });
  }

  private makeRule(groups: RuleGroup[], props: PrometheusMonitoringProps): ApiObject {
    const metadata = this.metadata(this.name, props.labels);
    return namespaced(this, 'Rule', PrometheusRule.manifest({ metadata, spec: { groups } }));
  }

  /** Lets Prometheus in at a cluster's members, beside the cluster's own policy, which stays as it is. */
  private makeNetworkPolicy(cluster: EventStoreCluster, props: PrometheusMonitoringProps): ApiObject {
    const namespace = props.prometheusNamespace ?? (props.azureManaged ? 'kube-system' : 'monitoring');
    return namespaced(
      this,
      `Admit-${cluster.namespace}-${cluster.name}`,
      k8s.KubeNetworkPolicy.manifest({
        metadata: {
          ...this.metadata(`${cluster.name}-from-${this.namespace}-${this.name}`),
          namespace: cluster.namespace,
        },
        spec: {
          podSelector: { matchLabels: selectorLabels(memberIdentity(cluster.name)) },
          policyTypes: ['Ingress'],
          ingress: [
            {
              from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }],
              ports: tcp(HTTP_PORT),
            },
          ],
        },
      }),
    );
  }

  private makeDashboard({ name, json }: Dashboard): ApiObject {
    const metadata = this.metadata(`${this.name}-dashboard-${name}`, { grafana_dashboard: '1' });
    return namespaced(
      this,
      `Dashboard-${name}`,
      k8s.KubeConfigMap.manifest({
        metadata: { ...metadata, annotations: { grafana_folder: 'EventStore' } },
        data: { [`${name}.json`]: json },
      }),
    );
  }

  private render({ clusters, datasourceUid = 'prometheus' }: PrometheusMonitoringProps): Dashboard[] {
    return dashboards({ source: 'promql', datasourceUid, metrics: clusters.map(family) });
  }

  private ruleGroup(cluster: EventStoreCluster): RuleGroup {
    const { name, namespace, nodes } = cluster;
    return ruleGroup({ family: family(cluster), namespace, cluster: name, nodes: nodes.length });
  }

  private metadata(name: string, labels: { [key: string]: string } = {}): k8s.ObjectMeta {
    return { name, labels: { ...objectLabels(this.identity, this.name), ...labels } };
  }
}

function family({ release }: EventStoreCluster): { prefix: string; total: boolean } {
  return { prefix: release.metricPrefix, total: release.countersHaveTotal };
}
