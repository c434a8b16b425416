import type { Duration, Size } from 'cdk8s';
import type { EventStoreCluster } from '../eventstore/cluster';
import type { FrontendExposure } from '../frontend/frontend-props';

/** Who asks the machines' kubelets how their pods do. */
export enum MonitoringCollector {
  /** Telegraf, which also reads the databases' own metrics. */
  TELEGRAF = 'telegraf',
  /** Heapster as in 2017, for comparisons with figures from then. Retired in 2018; pods only, not the database. */
  HEAPSTER = 'heapster',
}

/** Images that differ from those that the manifests were made for. */
export interface MonitoringImages {
  /**
   * Telegraf, 1.34 or newer.
   *
   * @default docker.io/library/telegraf:1.37.2
   */
  readonly telegraf?: string;
  /**
   * InfluxDB 1.x with its shell, `influx`.
   *
   * @default docker.io/library/influxdb:1.12.4
   */
  readonly influxdb?: string;
  /**
   * Grafana, 11.1 or newer.
   *
   * @default docker.io/grafana/grafana:12.4.3
   */
  readonly grafana?: string;
  /**
   * Heapster, for `MonitoringCollector.HEAPSTER`.
   *
   * @default registry.k8s.io/heapster-amd64:v1.5.4
   */
  readonly heapster?: string;
}

/** Properties of `MonitoringStack`. */
export interface MonitoringStackProps {
  /**
   * What it looks at: these clusters' metrics, and the pods of their namespaces. They may be in any namespace.
   */
  readonly clusters: EventStoreCluster[];
  /**
   * What all its objects' names start with.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Who asks the machines how their pods do.
   *
   * @default MonitoringCollector.TELEGRAF
   */
  readonly collector?: MonitoringCollector;
  /**
   * Secret in the monitoring's namespace with a user of the databases under `username` and `password`, for clusters that
   * demand one. Any user will do, it needs no rights. For clusters in other namespaces the Secret also holds, under
   * `ca.crt`, the authority of their certificates.
   *
   * @default - none: all clusters must be insecure
   */
  readonly credentialsSecretName?: string;
  /**
   * How long figures are kept. At least an hour.
   *
   * @default Duration.days(14)
   */
  readonly retention?: Duration;
  /**
   * StorageClass of a claim for the figures.
   *
   * @default - no claim: the pod's own disk, and the figures are gone with the pod
   */
  readonly storageClassName?: string;
  /**
   * How much room the figures have.
   *
   * @default Size.gibibytes(5)
   */
  readonly storageSize?: Size;
  /**
   * Who can reach Grafana. Beyond the cluster it demands a Secret, and a login.
   *
   * @default FrontendExposure.CLUSTER, where everybody may look and nobody may change anything
   */
  readonly grafanaExposure?: FrontendExposure;
  /**
   * Secret with Grafana's administrator under `admin-user` and `admin-password`.
   *
   * @default - there is no administrator
   */
  readonly grafanaSecretName?: string;
  /**
   * Secret of type `kubernetes.io/tls` with Grafana's certificate. Grafana's Service then has port 443 instead of 80.
   *
   * @default - Grafana speaks HTTP
   */
  readonly grafanaTlsSecretName?: string;
  /**
   * Whether Telegraf gets the right `nodes/proxy`, which Kubernetes older than 1.33 wants for a list of a machine's pods.
   * It also allows to run commands in every pod, so leave it out from 1.33 on.
   *
   * @default false
   */
  readonly nodesProxy?: boolean;
  /**
   * Other images.
   *
   * @default - see MonitoringImages
   */
  readonly images?: MonitoringImages;
}
