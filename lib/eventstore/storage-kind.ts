import type { Size } from 'cdk8s';
import { EventStoreError } from '../errors';
import * as k8s from '../kubernetes/k8s';
import { memberIdentity, selectorLabels } from '../kubernetes/labels';
import { sizeText } from '../kubernetes/quantity';
import type { EventStoreRelease } from './release';

/** The name of the volume in the pod, and of the claim template: claims are `data-es-1`, `data-es-2`, … */
export const DATA = 'data';

/** What a cluster tells its storage about itself. */
export interface StorageContext {
  readonly cluster: string;
  readonly namespace: string;
  readonly user: number;
  readonly group: number;
  readonly labels: Record<string, string>;
}

/** What a cluster of this name in this namespace tells its storage. */
export function storageContext(cluster: string, namespace: string, release: EventStoreRelease): StorageContext {
  return {
    cluster,
    namespace,
    user: release.user,
    group: release.group,
    labels: selectorLabels(memberIdentity(cluster)),
  };
}

/** A share that exists before the cluster does, and belongs to one member alone. */
export interface StaticShare {
  /** where the share lies: the account if it is known, else the Secret that holds it */
  readonly account: string;
  readonly name: string;
  readonly prefix?: string;
}

/**
 * One way of keeping a member's data: either a `volume` of the pod or a `claim` for each member; and what a claim
 * needs beside it, a class for all members or a volume made by hand for each.
 */
export interface StorageKind {
  readonly outlivesPod: boolean;
  readonly smb?: boolean;
  /** what the pod's own disk must have room for */
  readonly onPodDisk?: Size;
  readonly volume?: k8s.Volume;
  claim?(context: StorageContext): k8s.PersistentVolumeClaimSpec;
  storageClass?(context: StorageContext): k8s.KubeStorageClassProps;
  nodeVolume?(context: StorageContext, ordinal: number): k8s.KubePersistentVolumeProps;
  shares?(context: StorageContext, nodes: number): StaticShare[];
}

/** A size as a quantity. */
export function quantity(size: Size): k8s.Quantity {
  return k8s.Quantity.fromString(sizeText(size));
}

/** Fails when a volume is smaller than `minimum` GiB. */
export function requireSize(size: Size, minimum: number, reason: string): void {
  if (size.toKibibytes() < minimum * 1024 ** 2) {
    throw new EventStoreError('ES207', `size must be at least ${minimum}Gi, got ${size.asString()}: ${reason}`);
  }
}

/** Fails for what cannot be the name of a StorageClass. */
export function requireStorageClass(name: string): void {
  if (!/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 253) {
    throw new EventStoreError(
      'ES208',
      `storage class must be the name of a StorageClass (lower-case letters, digits, "-" and "."), got ${JSON.stringify(name)}: see "kubectl get storageclass"`,
    );
  }
}
