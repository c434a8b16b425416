import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import * as k8s from '../kubernetes/k8s';
import { type Identity, memberIdentity, objectLabels } from '../kubernetes/labels';
import { serviceHost } from '../kubernetes/names';
import { clusterScoped, namespaced, requireNamespace } from '../kubernetes/objects';
import type { EventStoreRelease } from './release';
import type { EventStoreStorage } from './storage';
import { DATA, storageContext } from './storage-kind';

/** The port of HTTP, gRPC, the UI and gossip. */
export const HTTP_PORT = 2113;
/** The port on which members copy the log from their leader. */
export const REPLICATION_PORT = 1112;

/** Properties of `EventStoreNode`. */
export interface EventStoreNodeProps {
  /** The name of its cluster. */
  readonly cluster: string;
  /** Its number, from 1. */
  readonly ordinal: number;
  /** The name of the headless Service under which members find each other. */
  readonly nodesService: string;
  /** Where it keeps its data. */
  readonly storage: EventStoreStorage;
  /** Which server it runs. */
  readonly release: EventStoreRelease;
}

/**
 * One member of a cluster: an identity, an address and a disk.
 *
 * - The **identity** is the pod's name, `es-2`. It stays when the pod is replaced; the cluster's StatefulSet makes the
 *   pod and never two of one name, which is what keeps two servers off one disk.
 * - The **addresses** are two. `host` is this member's own Service: an address that stands still and leads nowhere
 *   while the member is not ready, which is what a front end wants. `advertised` is the name by which members know
 *   each other, ready or not, and by which a member names the leader to a client.
 * - The **disk** is the claim `data-es-2`, filled by the storage's class, or by the volume made here where the disks
 *   exist beforehand. On pod storage there is none.
 *
 * What runs inside is the same for all members and stands in member-pod.ts.
 */
export class EventStoreNode extends Construct {
  /** The member's number, from 1. */
  public readonly ordinal: number;
  /** The member's name and its pod's, e.g. `es-2`. */
  public readonly name: string;
  /** The name of the member's own Service, which answers only while the member is ready. */
  public readonly host: string;
  /** The name that the member advertises, ready or not. */
  public readonly advertised: string;
  /** The member's own Service. */
  public readonly service: ApiObject;
  /** The member's volume, where the storage is made beforehand. */
  public readonly volume?: ApiObject;
  /** The name of the member's claim, where the storage outlives the pod. */
  public readonly claimName?: string;

  /** Made by `EventStoreCluster`. Throws ES104 where the chart has no namespace. */
  constructor(scope: Construct, id: string, props: EventStoreNodeProps) {
    super(scope, id);
    const namespace = requireNamespace(this);
    const storage = props.storage._kind;
    this.ordinal = props.ordinal;
    this.name = `${props.cluster}-${props.ordinal}`;
    this.host = serviceHost(this.name, namespace);
    this.advertised = advertisedName(this.name, props.nodesService, namespace);
    this.service = this.ownService(memberIdentity(props.cluster));
    if (storage.claim) this.claimName = `${DATA}-${this.name}`;
    const volume = storage.nodeVolume?.(storageContext(props.cluster, namespace, props.release), props.ordinal);
    if (volume) this.volume = clusterScoped(this, 'Volume', k8s.KubePersistentVolume.manifest(volume));
  }

  private ownService(identity: Identity): ApiObject {
    return namespaced(
      this,
      'Resource',
      k8s.KubeService.manifest({
        metadata: { name: this.name, labels: objectLabels(identity, identity.instance) },
        spec: {
          selector: { 'statefulset.kubernetes.io/pod-name': this.name },
          ports: [{ name: 'http', port: HTTP_PORT }],
        },
      }),
    );
  }
}

/** The name of a pod under a headless Service. */
export function advertisedName(pod: string, nodesService: string, namespace: string): string {
  return serviceHost(`${pod}.${nodesService}`, namespace);
}
