import { Chart, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { AzureFileProtocol, EventStoreCluster, EventStoreRelease, EventStoreStorage } from '../lib';
import type { GeneratorOptions } from './options';

/** The cluster. */
export class EventStoreChart extends Chart {
  public readonly cluster: EventStoreCluster;

  constructor(scope: Construct, id: string, options: GeneratorOptions) {
    super(scope, id, { namespace: options.namespace });
    this.cluster = new EventStoreCluster(this, 'cluster', {
      name: options.name,
      nodes: options.nodes,
      storage: storage(options),
      release: EventStoreRelease.of(options.serverVersion),
    });
  }
}

function storage(options: GeneratorOptions): EventStoreStorage {
  const size = options.size === undefined ? undefined : Size.mebibytes(options.size);
  const protocol = options.protocol === 'nfs' ? AzureFileProtocol.NFS : AzureFileProtocol.SMB;
  switch (options.storage) {
    case 'podstorage':
      return EventStoreStorage.podStorage({ sizeLimit: size });
    case 'azurefile':
      return EventStoreStorage.azureFile({ ...options, shares: undefined, protocol, size });
    case 'azurefile-dynamic':
      return EventStoreStorage.azureFileClass({ protocol, size });
    case 'disk':
      return EventStoreStorage.persistentVolume({ storageClassName: options.storageClass, size });
  }
}
