import { Size } from 'cdk8s';
import { type AzureFileClassOptions, type AzureFileOptions, azureFileClass, azureFileShares } from './azure-file';
import { DATA, quantity, requireSize, requireStorageClass, type StorageKind } from './storage-kind';

/** Options of `EventStoreStorage.podStorage()`. */
export interface PodStorageOptions {
  /**
   * The most that one member may keep. The scheduler reserves it, and Kubernetes evicts a pod that exceeds it.
   *
   * @default Size.gibibytes(10)
   */
  readonly sizeLimit?: Size;
}

/** Options of `EventStoreStorage.persistentVolume()`. */
export interface PersistentVolumeOptions {
  /**
   * The StorageClass that makes the volumes.
   *
   * @default 'managed-csi-premium', AKS' class of Azure premium SSDs
   */
  readonly storageClassName?: string;
  /**
   * The size of a volume.
   *
   * @default Size.gibibytes(32)
   */
  readonly size?: Size;
  /**
   * Whether Kubernetes keeps a second pod off the volume (`ReadWriteOncePod`). It needs a CSI driver that knows it:
   * Azure Disk does, local volumes do not.
   *
   * @default - true for AKS' own disk classes (`managed-csi…`), false for any other class
   * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
   */
  readonly singlePod?: boolean;
}

/**
 * Where a cluster's members keep their data. docs/storage.md helps to choose.
 *
 * Every factory throws ES207 for a size below the minimum of its kind.
 */
export class EventStoreStorage {
  /**
   * The pod's own disk (`emptyDir`): fast, nothing to prepare, and gone with the pod.
   * A member that lost its data copies it from the others before it votes again (docs/safe-start.md).
   */
  public static podStorage(options: PodStorageOptions = {}): EventStoreStorage {
    const sizeLimit = options.sizeLimit ?? Size.gibibytes(10);
    requireSize(sizeLimit, 1, PREALLOCATION);
    return new EventStoreStorage({
      outlivesPod: false,
      onPodDisk: sizeLimit,
      volume: { name: DATA, emptyDir: { sizeLimit: quantity(sizeLimit) } },
    });
  }

  /**
   * One Azure Files share for each member, made beforehand (`npm run azure` prints a script that does), as a
   * PersistentVolume of the CSI driver with Retain, reserved for its member.
   *
   * Throws ES201 and ES206 for names that Azure refuses, ES202 and ES204 for mount options that lose data, ES205 for
   * NFS without an account.
   */
  public static azureFile(options: AzureFileOptions = {}): EventStoreStorage {
    return new EventStoreStorage(azureFileShares(options));
  }

  /**
   * One Azure Files share for each member, made by the CSI driver through a StorageClass of the cluster's own:
   * AKS overwrites changes to its built-in classes, and those delete the share with the claim.
   */
  public static azureFileClass(options: AzureFileClassOptions = {}): EventStoreStorage {
    return new EventStoreStorage(azureFileClass(options));
  }

  /**
   * A volume for each member from any StorageClass: on Azure a managed disk, the recommended choice for production.
   *
   * Throws ES208 for a class name that Kubernetes refuses.
   */
  public static persistentVolume(options: PersistentVolumeOptions = {}): EventStoreStorage {
    const storageClassName = options.storageClassName ?? 'managed-csi-premium';
    const size = options.size ?? Size.gibibytes(32);
    const singlePod = options.singlePod ?? storageClassName.startsWith('managed-csi');
    requireSize(size, 1, PREALLOCATION);
    requireStorageClass(storageClassName);
    return new EventStoreStorage({
      outlivesPod: true,
      claim: () => ({
        accessModes: [singlePod ? 'ReadWriteOncePod' : 'ReadWriteOnce'],
        storageClassName,
        resources: { requests: { storage: quantity(size) } },
      }),
    });
  }

  /** Whether a member's data are still there when its pod is replaced. */
  public readonly outlivesPod: boolean;

  /** @internal */
  public readonly _kind: StorageKind;

  private constructor(kind: StorageKind) {
    this.outlivesPod = kind.outlivesPod;
    this._kind = kind;
  }
}

const PREALLOCATION = 'the database writes its files ahead in pieces of 256 MiB and needs room to merge its index';
