import { Chart, Duration, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { type EventStoreCluster, MonitoringCollector, MonitoringStack, PrometheusMonitoring } from '../lib';
import { EXPOSURE } from './exposure';
import type { GeneratorOptions } from './options';

/** What looks at a cluster. */
export class MonitoringChart extends Chart {
  /** What load tests write to, where figures go into InfluxDB. */
  public readonly stack?: MonitoringStack;

  constructor(scope: Construct, id: string, cluster: EventStoreCluster, options: GeneratorOptions) {
    super(scope, id, { namespace: options.namespace });
    if (options.monitoring === 'prometheus') this.prometheus(cluster, options);
    else this.stack = this.influxdb(cluster, options);
  }

  private influxdb(cluster: EventStoreCluster, options: GeneratorOptions): MonitoringStack {
    return new MonitoringStack(this, 'monitoring', {
      clusters: [cluster],
      collector: COLLECTOR[options.collector],
      retention: options.retention === undefined ? undefined : Duration.minutes(options.retention),
      storageClassName: options.monitoringStorageClass,
      storageSize: options.monitoringSize === undefined ? undefined : Size.mebibytes(options.monitoringSize),
      grafanaExposure: EXPOSURE[options.grafanaExposure],
      grafanaSecretName: options.grafanaSecret,
      grafanaTlsSecretName: options.grafanaTlsSecret,
      nodesProxy: options.nodesProxy,
    });
  }

  private prometheus(cluster: EventStoreCluster, options: GeneratorOptions): void {
    new PrometheusMonitoring(this, 'monitoring', {
      clusters: [cluster],
      labels: options.prometheusLabels,
      prometheusNamespace: options.prometheusNamespace,
      azureManaged: options.azurePrometheus,
    });
  }
}

const COLLECTOR = {
  telegraf: MonitoringCollector.TELEGRAF,
  heapster: MonitoringCollector.HEAPSTER,
};
