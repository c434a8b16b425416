import { Chart, Duration, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { type EventStoreCluster, MonitoringCollector, MonitoringStack } from '../lib';
import { EXPOSURE } from './exposure';
import type { GeneratorOptions } from './options';

/** What looks at a cluster. */
export class MonitoringChart extends Chart {
  constructor(scope: Construct, id: string, cluster: EventStoreCluster, options: GeneratorOptions) {
    super(scope, id, { namespace: options.namespace });
    new MonitoringStack(this, 'monitoring', {
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
}

const COLLECTOR = {
  telegraf: MonitoringCollector.TELEGRAF,
  heapster: MonitoringCollector.HEAPSTER,
};
