/** What the generator can be told, already checked for its types. Names are the flags' in camel case. */
export interface GeneratorOptions {
  readonly nodes: number;
  readonly storage: 'podstorage' | 'azurefile' | 'azurefile-dynamic' | 'disk';
  readonly name: string;
  readonly namespace: string;
  readonly serverVersion: string;
  /** MiB */
  readonly size?: number;
  readonly sharePrefix: string;
  readonly secretName: string;
  readonly resourceGroup?: string;
  readonly storageAccount?: string;
  readonly protocol: 'smb' | 'nfs';
  readonly storageClass?: string;
  readonly frontend: boolean;
  readonly exposure: 'cluster' | 'internal' | 'public';
  readonly allowedIps?: string[];
  readonly benchmark?: BenchmarkOptions;
  readonly monitoring: 'influxdb' | 'none';
  readonly collector: 'telegraf' | 'heapster';
  /** minutes */
  readonly retention?: number;
  readonly monitoringStorageClass?: string;
  /** MiB */
  readonly monitoringSize?: number;
  readonly grafanaExposure: 'cluster' | 'internal' | 'public';
  readonly grafanaSecret?: string;
  readonly grafanaTlsSecret?: string;
  readonly nodesProxy: boolean;
}

/** A load test, as `--benchmark` says it. Times are in seconds. */
export interface BenchmarkOptions {
  readonly users?: number;
  readonly rate?: number;
  readonly duration?: number;
  readonly warmup?: number;
  readonly generators?: number;
  readonly events?: number;
  readonly retries?: number;
  readonly timeout?: number;
  readonly door?: 'frontend' | 'service' | 'leader';
  readonly reads?: 'any' | 'leader';
  readonly results?: 'pod' | 'log' | { readonly claim: string };
  readonly variant?: string;
  /** A follower, the leader, or a member by its number; without one a follower and the leader take turns. */
  readonly kills?: readonly { readonly at: number; readonly victim?: 'follower' | 'leader' | number }[];
}
