import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { type EventStoreCluster, NginxFrontend } from '../lib';
import { EXPOSURE } from './exposure';
import type { GeneratorOptions } from './options';

/** The front end of a cluster. */
export class FrontendChart extends Chart {
  constructor(scope: Construct, id: string, cluster: EventStoreCluster, options: GeneratorOptions) {
    super(scope, id, { namespace: options.namespace });
    new NginxFrontend(this, 'frontend', {
      target: cluster,
      exposure: EXPOSURE[options.exposure],
      allowedIps: options.allowedIps,
    });
  }
}
