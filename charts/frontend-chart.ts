import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { type EventStoreCluster, NginxFrontend } from '../lib';
import { EXPOSURE } from './exposure';
import type { GeneratorOptions } from './options';

/** The front end of a cluster. */
export class FrontendChart extends Chart {
  public readonly frontend: NginxFrontend;

  constructor(scope: Construct, id: string, cluster: EventStoreCluster, options: GeneratorOptions) {
    super(scope, id, { namespace: options.namespace });
    this.frontend = new NginxFrontend(this, 'frontend', {
      target: cluster,
      exposure: EXPOSURE[options.exposure],
      allowedIps: options.allowedIps,
    });
  }
}
