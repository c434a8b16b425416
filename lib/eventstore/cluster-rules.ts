import { Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { EventStoreError } from '../errors';
import { claimOnce } from '../kubernetes/registry';
import { addWarning } from '../warnings';
import type { EventStoreClusterProps } from './cluster-props';
import type { StorageContext, StorageKind } from './storage-kind';

/** ES101: how many members a cluster can have. */
export function requireNodes(nodes: number): void {
  if (![1, 3, 5, 7].includes(nodes)) {
    const reason =
      Number.isInteger(nodes) && nodes > 0 && nodes % 2 === 0
        ? 'an even cluster gains no fault tolerance'
        : 'choose 3 for production';
    throw new EventStoreError('ES101', `nodes must be 1, 3, 5 or 7, got ${nodes}: ${reason}`);
  }
}

/** ES106: a quantity of processors. */
export function requireCpu(what: string, given: string | undefined): void {
  if (given !== undefined && !/^(\d+m|\d+(\.\d{1,3})?)$/.test(given)) {
    throw new EventStoreError(
      'ES106',
      `${what} must be processors like "2" or thousandths like "500m", got ${JSON.stringify(given)}`,
    );
  }
}

/** ES105 and ES203: what belongs to one cluster alone. */
export function requireUnique(cluster: Construct, nodes: number, storage: StorageKind, context: StorageContext): void {
  const owner = `${context.namespace}/${context.cluster}`;
  const path = cluster.node.path;
  // es and es-1 may not be neighbours: the Service es-1 is a member of the one and the client Service of the other
  const ordinals = Array.from({ length: nodes }, (_, index) => `${owner}-${index + 1}`);
  for (const service of [owner, `${owner}-nodes`, ...ordinals]) {
    if (claimOnce(cluster, `service ${service}`, path) !== path) {
      throw new EventStoreError(
        'ES105',
        `cluster names must give every Service a name of its own, got ${service} twice: give one of the clusters another name or namespace`,
      );
    }
  }
  const shares = storage.shares?.(context, nodes) ?? [];
  shares.forEach(({ account, name }, index) => {
    const member = `${owner}-${index + 1}`;
    const first = claimOnce(cluster, `share ${account} ${name}`, member);
    if (first !== member) {
      throw new EventStoreError(
        'ES203',
        `a share must belong to one member, got ${name} for ${first} and ${member}: two servers on one share destroy the database, so give every member a share of its own`,
      );
    }
  });
  const prefix = shares[0]?.prefix;
  if (prefix && claimOnce(cluster, `share prefix ${prefix}`, owner) !== owner) {
    addWarning(
      cluster,
      'ES203W',
      `share prefix ${prefix} is used by two clusters: make sure that they use two storage accounts`,
    );
  }
}

/** What is legal and dangerous. */
export function warnAbout(
  cluster: Construct,
  nodes: number,
  storage: StorageKind,
  props: EventStoreClusterProps,
): void {
  if (nodes === 1) {
    addWarning(cluster, 'ES101W', 'one node: every restart is an outage, and its disk is the only copy');
  }
  if (!storage.outlivesPod) {
    addWarning(
      cluster,
      'ES201W',
      'pod storage: data are gone with their pod, so a majority of pods lost at once loses acknowledged events',
    );
  }
  if (storage.smb) {
    addWarning(
      cluster,
      'ES202W',
      'SMB shares: every write waits for the network, locks end at the machine, and the vendor does not test them; prefer disks or NFS',
    );
  }
  const limit = props.resources?.memoryLimit;
  if (limit && limit.toKibibytes() < Size.mebibytes(768).toKibibytes()) {
    addWarning(
      cluster,
      'ES106W',
      `memory limit ${limit.asString()}: below 768 MiB the server was killed under load, even with small caches it needs that much`,
    );
  }
  if (props.extraSettings?.['UnsafeDisableFlushToDisk'] === 'true') {
    addWarning(cluster, 'ES406W', 'UnsafeDisableFlushToDisk: acknowledged events are lost with the power');
  }
}
