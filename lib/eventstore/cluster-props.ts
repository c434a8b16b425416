import type { Duration, Size } from 'cdk8s';
import type { EventStoreRelease } from './release';
import type { EventStoreSecurity } from './security';
import type { EventStoreSettings } from './settings';
import type { EventStoreStorage } from './storage';

/** How strictly members keep to machines of their own. */
export enum EventStoreSpread {
  /** Two members share a machine only when there are more members than machines. */
  REQUIRED = 'required',
  /** As far as it can be had. */
  PREFERRED = 'preferred',
}

/** What a member may use. */
export interface EventStoreResources {
  /**
   * Processors that are reserved, as a Kubernetes quantity.
   *
   * @default '500m'
   */
  readonly cpuRequest?: string;
  /**
   * Processors that may be used, as a Kubernetes quantity.
   *
   * @default '2'
   */
  readonly cpuLimit?: string;
  /**
   * Memory that is reserved.
   *
   * @default Size.gibibytes(1)
   */
  readonly memoryRequest?: Size;
  /**
   * Memory that may be used. The server's heap takes at most 60 % of it; with its default caches it runs from 1 GiB,
   * and below 768 MiB it is killed (measured on 26.0.3).
   *
   * @default Size.gibibytes(2)
   */
  readonly memoryLimit?: Size;
}

/** Properties of `EventStoreCluster`. */
export interface EventStoreClusterProps {
  /**
   * The cluster's name, and what all its objects' names start with: pods are `es-1`, `es-2`, …
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * How many members; 1, 3, 5 or 7. It may be raised later in one apply (docs/safe-start.md).
   *
   * @default 3
   */
  readonly nodes?: number;
  /**
   * Where members keep their data.
   *
   * @default EventStoreStorage.podStorage()
   */
  readonly storage?: EventStoreStorage;
  /**
   * Which server runs.
   *
   * @default EventStoreRelease.of('26.0'), the newest line with long-term support
   */
  readonly release?: EventStoreRelease;
  /**
   * Who may speak to the members, and how.
   *
   * @default EventStoreSecurity.insecure()
   */
  readonly security?: EventStoreSecurity;
  /**
   * The server's options that people tune.
   *
   * @default - see EventStoreSettings
   */
  readonly settings?: EventStoreSettings;
  /**
   * Any other option that the release's line knows, by its name (`MaxAutoMergeIndexLevel`) or the name of its
   * variable; a section's option with two underscores (`SecondaryIndexing__Enabled`).
   *
   * @default - none
   */
  readonly extraSettings?: { [option: string]: string };
  /**
   * A Secret in the cluster's namespace with the vendor's licence key under `licenseKey`. Only licensed features need
   * it; the server checks it with the vendor, so members may then reach HTTPS outside.
   *
   * @default - no licence
   */
  readonly licenseSecretName?: string;
  /**
   * What a member may use.
   *
   * @default - see EventStoreResources
   */
  readonly resources?: EventStoreResources;
  /**
   * How strictly members keep to machines of their own. Zones are always only preferred.
   *
   * @default EventStoreSpread.REQUIRED
   */
  readonly spread?: EventStoreSpread;
  /**
   * Labels of the machines that members may run on.
   *
   * @default - any machine
   */
  readonly nodeSelector?: { [label: string]: string };
  /**
   * The PriorityClass of the pods.
   *
   * @default - the Kubernetes cluster's
   */
  readonly priorityClassName?: string;
  /**
   * Namespaces whose pods may be clients, beside the cluster's own. A client pod carries the label
   * `<cluster>-client: "true"`.
   *
   * @default - only the cluster's own
   */
  readonly clientNamespaces?: string[];
  /**
   * How long members wait, all of them up and too few with a copy to form a majority, before the best copies that are
   * left go on without the lost ones. Very long, and a person decides (docs/safe-start.md).
   *
   * @default - start.sh's: 10 s
   */
  readonly lostMajorityPatience?: Duration;
}
