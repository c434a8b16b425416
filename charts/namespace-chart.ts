import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { EventStoreNamespace } from '../lib';
import type { GeneratorOptions } from './options';

/** The namespace, first of all files. */
export class NamespaceChart extends Chart {
  constructor(scope: Construct, id: string, options: GeneratorOptions) {
    super(scope, id);
    new EventStoreNamespace(this, 'namespace', { name: options.namespace });
  }
}
