import { Size } from 'cdk8s';
import { EventStoreError } from '../errors';
import type * as k8s from '../kubernetes/k8s';
import { nfsMountOptions, smbMountOptions } from './azure-mount';
import { requireSyntax } from './azure-names';
import { DATA, quantity, requireSize, type StaticShare, type StorageContext, type StorageKind } from './storage-kind';

/** How Azure Files is mounted. */
export enum AzureFileProtocol {
  /** SMB 3: works with every account. Owner and permissions are mount options, locks end at the node. */
  SMB = 'smb',
  /** NFS 4.1: POSIX semantics, premium accounts only, no Secret: the network decides who may mount. */
  NFS = 'nfs',
}

/** What both kinds of Azure Files storage take. */
export interface AzureFileMountOptions {
  /**
   * How the shares are mounted.
   *
   * @default AzureFileProtocol.SMB
   */
  readonly protocol?: AzureFileProtocol;
  /**
   * The size of a share.
   *
   * @default Size.gibibytes(100), the minimum of a premium share
   */
  readonly size?: Size;
  /**
   * Mount options in place of the computed ones.
   *
   * ES202 when they lose data (`nostrictsync`, no `nobrl`) or forget the owner, ES204 when they belong to the other
   * protocol.
   *
   * @default - computed from the protocol and the release's user
   * @see https://github.com/kubernetes-sigs/azurefile-csi-driver/blob/master/docs/driver-parameters.md
   */
  readonly mountOptions?: string[];
}

/** Options of `EventStoreStorage.azureFile()`. */
export interface AzureFileOptions extends AzureFileMountOptions {
  /**
   * The shares that exist, one for each member, in the order of the members.
   *
   * @default - `sharePrefix` and the member's number: `esdisk-1`, `esdisk-2`, …
   */
  readonly shares?: string[];
  /**
   * What the shares' names start with when `shares` is not given.
   *
   * @default 'esdisk-'
   */
  readonly sharePrefix?: string;
  /**
   * The Secret in the cluster's namespace that holds `azurestorageaccountname` and `azurestorageaccountkey`; SMB only.
   *
   * @default 'azure-secret'
   */
  readonly secretName?: string;
  /**
   * The resource group of the storage account.
   *
   * @default - the driver looks in the resource group of the AKS machines where it needs one
   */
  readonly resourceGroup?: string;
  /**
   * The storage account. Needed for NFS, and by the driver for resizing and snapshots.
   *
   * @default - SMB reads it from the Secret
   */
  readonly storageAccount?: string;
}

/** Options of `EventStoreStorage.azureFileClass()`. */
export interface AzureFileClassOptions extends AzureFileMountOptions {
  /**
   * Tier and redundancy of the storage accounts that the driver makes.
   *
   * @default 'Premium_LRS'
   */
  readonly sku?: string;
}

const DRIVER = 'file.csi.azure.com';
const PREMIUM_MINIMUM = 'a premium share of Azure Files has at least 100 GiB';

/** Shares that exist: a PersistentVolume for each. */
export function azureFileShares(options: AzureFileOptions): StorageKind {
  const protocol = options.protocol ?? AzureFileProtocol.SMB;
  const size = options.size ?? Size.gibibytes(100);
  const secretName = options.secretName ?? 'azure-secret';
  const prefix = options.sharePrefix ?? 'esdisk-';
  const account = options.storageAccount;
  requireSize(size, 100, PREMIUM_MINIMUM);
  requireSyntax('storage account', account);
  requireSyntax('resource group', options.resourceGroup);
  requireSyntax('secret name', secretName);
  if (protocol === AzureFileProtocol.NFS && !account) {
    throw new EventStoreError(
      'ES205',
      'NFS needs the storage account, got none: there is no Secret that the driver could read it from, so give storageAccount',
    );
  }
  const shareOf = (ordinal: number) => options.shares?.[ordinal - 1] ?? `${prefix}${ordinal}`;
  const claim = (context: StorageContext): k8s.PersistentVolumeClaimSpec => ({
    accessModes: ['ReadWriteOncePod'],
    // no class and a selector: only a volume of this cluster will do, and nothing is made in its place
    storageClassName: '',
    selector: { matchLabels: context.labels },
    resources: { requests: { storage: quantity(size) } },
  });

  return {
    outlivesPod: true,
    smb: protocol === AzureFileProtocol.SMB,
    claim,
    shares: (context, nodes) =>
      requireShares(nodes, options.shares, shareOf, account ?? `${context.namespace}/${secretName}`, prefix),
    nodeVolume: (context, ordinal) => {
      const name = `${context.cluster}-${ordinal}`;
      const share = shareOf(ordinal);
      return {
        metadata: { name: `${context.namespace}-${name}`, labels: context.labels },
        spec: {
          capacity: { storage: quantity(size) },
          accessModes: ['ReadWriteOncePod'],
          persistentVolumeReclaimPolicy: 'Retain',
          storageClassName: '',
          // reserved: nobody else's claim gets this member's data
          claimRef: {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            namespace: context.namespace,
            name: `${DATA}-${name}`,
          },
          mountOptions: mountOptions(protocol, options.mountOptions, context),
          csi: {
            driver: DRIVER,
            // unique in the Kubernetes cluster: two volumes with one handle share a mount. The driver resizes and
            // snapshots only what is named group#account#share.
            volumeHandle:
              account && options.resourceGroup
                ? `${options.resourceGroup}#${account}#${share}`
                : `${context.namespace}-${account ?? secretName}-${share}`,
            volumeAttributes: {
              protocol,
              shareName: share,
              ...(options.resourceGroup && { resourceGroup: options.resourceGroup }),
              ...(account && { storageAccount: account, server: `${account}.file.core.windows.net` }),
            },
            ...(protocol === AzureFileProtocol.SMB && {
              nodeStageSecretRef: { name: secretName, namespace: context.namespace },
            }),
          },
        },
      };
    },
  };
}

/** Shares that the driver makes: a StorageClass for the cluster. */
export function azureFileClass(options: AzureFileClassOptions): StorageKind {
  const protocol = options.protocol ?? AzureFileProtocol.SMB;
  const sku = options.sku ?? 'Premium_LRS';
  const premium = sku.startsWith('Premium');
  const size = options.size ?? Size.gibibytes(100);
  requireSyntax('sku', sku);
  if (sku.startsWith('Premium_')) requireSize(size, 100, PREMIUM_MINIMUM);
  else if (sku.includes('V2_')) requireSize(size, 32, 'a provisioned (V2) share of Azure Files has at least 32 GiB');
  else requireSize(size, 1, 'the database writes its files ahead in pieces of 256 MiB');
  if (protocol === AzureFileProtocol.NFS && !premium) {
    throw new EventStoreError('ES204', `NFS needs a premium tier of Azure Files, got ${sku}: take Premium_LRS, or SMB`);
  }
  const className = (context: StorageContext) => `${context.namespace}-${context.cluster}-azurefile`;
  return {
    outlivesPod: true,
    smb: protocol === AzureFileProtocol.SMB,
    storageClass: (context) => ({
      metadata: { name: className(context), labels: context.labels },
      provisioner: DRIVER,
      parameters: { skuName: sku, protocol },
      reclaimPolicy: 'Retain',
      allowVolumeExpansion: true,
      // a share has no zone: there is nothing to wait for
      volumeBindingMode: 'Immediate',
      mountOptions: mountOptions(protocol, options.mountOptions, context),
    }),
    claim: (context) => ({
      accessModes: ['ReadWriteOncePod'],
      storageClassName: className(context),
      resources: { requests: { storage: quantity(size) } },
    }),
  };
}

function mountOptions(protocol: AzureFileProtocol, given: string[] | undefined, context: StorageContext): string[] {
  return protocol === AzureFileProtocol.NFS ? nfsMountOptions(given) : smbMountOptions(given, context);
}

function requireShares(
  nodes: number,
  given: string[] | undefined,
  shareOf: (ordinal: number) => string,
  account: string,
  prefix: string,
): StaticShare[] {
  if (given && given.length !== nodes) {
    throw new EventStoreError(
      'ES201',
      `shares must name one share for each of the ${nodes} nodes, got ${given.length}: add or remove names, or use sharePrefix`,
    );
  }
  return Array.from({ length: nodes }, (_, index) => {
    const name = shareOf(index + 1);
    requireSyntax('share name', name);
    return { name, account, ...(!given && { prefix }) };
  });
}
