import { type ApiObject, Duration, Size } from 'cdk8s';
import { Construct } from 'constructs';
import { requireSize } from '../eventstore/storage-kind';
import { FrontendExposure } from '../frontend/frontend-props';
import type * as k8s from '../kubernetes/k8s';
import { requireName } from '../kubernetes/names';
import { podsIn, tcp } from '../kubernetes/network';
import { requireNamespace } from '../kubernetes/objects';
import { type Dashboard, dashboards } from './dashboards';
import { Grafana } from './grafana';
import { DATASOURCE_UID } from './grafana-provisioning';
import { Heapster } from './heapster';
import { heapsterDashboard } from './heapster-dashboard';
import { Influxdb } from './influxdb';
import { clusterScopedName } from './kubelet-access';
import { MonitoringCollector, type MonitoringStackProps } from './monitoring-props';
import { requireRetention, requireRules, requireUnique, requireWriter, warnAbout } from './monitoring-rules';
import { DATABASE, INFLUXDB_PORT, influxdbUrl, Part, writerLabels } from './parts';
import { Telegraf } from './telegraf';

export * from './monitoring-props';

/** The longest name that is made from the stack's: Grafana's configuration. */
const LONGEST_SUFFIX = '-telegraf-1234567890';

/**
 * Shows clusters under load: Telegraf reads the kubelets and the members' metrics, InfluxDB keeps them, Grafana has the
 * dashboards. docs/monitoring.md tells what they answer.
 *
 * Throws ES501 to ES507 for what cannot be monitored, kept, exposed or written; docs/rules.md explains each.
 */
export class MonitoringStack extends Construct {
  /** The stack's name. */
  public readonly name: string;
  /** The namespace of all its objects but the NetworkPolicies that let it in at clusters elsewhere. */
  public readonly namespace: string;
  /** The database in InfluxDB. */
  public readonly database: string;
  /** The URL of InfluxDB, inside Kubernetes. It asks for no password. */
  public readonly influxdbUrl: string;
  /** The URL of Grafana, inside Kubernetes. */
  public readonly grafanaUrl: string;
  /** The labels of pods that may write to InfluxDB, in the stack's namespace and those of its clusters: load generators. */
  public readonly writerLabels: { [key: string]: string };
  /** How long figures are kept. */
  public readonly retention: Duration;
  /** The collector's Deployment: Telegraf or heapster. */
  public readonly collector: ApiObject;
  /** What the collector may read: a ClusterRole. */
  public readonly collectorRole: ApiObject;
  /** InfluxDB's Deployment. */
  public readonly influxdb: ApiObject;
  /** InfluxDB's Service. */
  public readonly influxdbService: ApiObject;
  /** InfluxDB's claim, where there is a StorageClass. */
  public readonly influxdbClaim?: ApiObject;
  /** Grafana's Deployment. */
  public readonly grafana: ApiObject;
  /** Grafana's Service: of type LoadBalancer if it is exposed. */
  public readonly grafanaService: ApiObject;

  /** What a writer's own NetworkPolicy needs. @internal */
  public readonly _toInfluxdb: k8s.NetworkPolicyEgressRule;
  private readonly writers: string[];

  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id);
    this.name = props.name ?? id;
    this.retention = props.retention ?? Duration.days(14);
    requireName('monitoring name', this.name, LONGEST_SUFFIX);
    this.namespace = requireNamespace(this);
    requireRules(props, this.namespace);
    requireRetention(this.retention);
    this.database = DATABASE;
    this.influxdbUrl = influxdbUrl(this.name, this.namespace);
    this.writerLabels = writerLabels(this.name);
    const [influxdb, grafana, collector] = ['influxdb', 'grafana', props.collector ?? MonitoringCollector.TELEGRAF].map(
      (component) => new Part(this.name, this.namespace, component),
    );
    this._toInfluxdb = { to: [podsIn(this.namespace, influxdb.selector)], ports: tcp(INFLUXDB_PORT) };
    this.writers = this.namespaces(props);
    const services = [influxdb, grafana].map(({ namespace, name }) => `${namespace}/${name}`);
    requireUnique(this, services, [clusterScopedName(collector)]);

    const collected = this.makeCollector(props, collector, influxdb);
    this.collector = collected.deployment;
    this.collectorRole = collected.clusterRole;
    const kept = this.makeInfluxdb(props, influxdb, [collector, grafana]);
    this.influxdb = kept.deployment;
    this.influxdbService = kept.service;
    this.influxdbClaim = kept.claim;
    const shown = this.makeGrafana(props, grafana, influxdb);
    this.grafana = shown.deployment;
    this.grafanaService = shown.service;
    this.grafanaUrl = `${props.grafanaTlsSecretName ? 'https' : 'http'}://${grafana.host}`;
    warnAbout(this, props);
  }

  /**
   * Fails with ES504 if figures are not kept for as long as a load test runs.
   * @internal
   */
  public _requireBenchmark(duration: Duration): void {
    requireRetention(this.retention, duration);
  }

  /**
   * Fails with ES507 if InfluxDB does not let in writers of a namespace.
   * @internal
   */
  public _requireWriter(namespace: string): void {
    requireWriter(namespace, this.writers);
  }

  private makeCollector(props: MonitoringStackProps, part: Part, influxdb: Part): Telegraf | Heapster {
    if (props.collector === MonitoringCollector.HEAPSTER) {
      return new Heapster(this, 'Heapster', { part, influxdb: influxdb.selector, image: props.images?.heapster });
    }
    return new Telegraf(this, 'Telegraf', {
      part,
      influxdb: influxdb.selector,
      clusters: props.clusters,
      namespaces: this.writers,
      image: props.images?.telegraf,
      credentialsSecretName: props.credentialsSecretName,
      nodesProxy: props.nodesProxy ?? false,
    });
  }

  private makeInfluxdb(props: MonitoringStackProps, part: Part, clients: Part[]): Influxdb {
    const size = props.storageSize ?? Size.gibibytes(5);
    requireSize(size, 1, 'fourteen days of three members take about as much');
    return new Influxdb(this, 'Influxdb', {
      part,
      clients: clients.map(({ selector }) => selector),
      namespaces: this.writers,
      retentionMinutes: this.retention.toMinutes(),
      storageClassName: props.storageClassName,
      size,
      image: props.images?.influxdb,
    });
  }

  private makeGrafana(props: MonitoringStackProps, part: Part, influxdb: Part): Grafana {
    return new Grafana(this, 'Grafana', {
      part,
      influxdb: influxdb.selector,
      dashboards: this.dashboards(props),
      exposure: props.grafanaExposure ?? FrontendExposure.CLUSTER,
      secretName: props.grafanaSecretName,
      tlsSecretName: props.grafanaTlsSecretName,
      image: props.images?.grafana,
    });
  }

  /** Heapster's figures have other names than Telegraf's, and there are none of the database. */
  private dashboards(props: MonitoringStackProps): Dashboard[] {
    if (props.collector === MonitoringCollector.HEAPSTER) return [heapsterDashboard(DATASOURCE_UID)];
    const metrics = new Map(
      props.clusters.map(({ release: { metricPrefix: prefix, countersHaveTotal: total } }) => [
        prefix,
        { prefix, total },
      ]),
    );
    return dashboards({ source: 'influxql', datasourceUid: DATASOURCE_UID, metrics: [...metrics.values()] });
  }

  /** The clusters' namespaces and its own. */
  private namespaces({ clusters }: MonitoringStackProps): string[] {
    return [...new Set([this.namespace, ...clusters.map(({ namespace }) => namespace)])].sort();
  }
}
