import type { Manifest } from '../helpers';
import { type ClusterParts, clustersOf } from './parts';
import { type Contract, canonical, podSpec, quantity, type World } from './world';

const GI = 2 ** 30;
const DRIVER = 'file.csi.azure.com';
const ONE_POD = ['ReadWriteOncePod'];

/** Every member has a disk of its own, which it can write, and which stays as long as it was promised. */
export const storage: Contract = (world) => {
  for (const cluster of clustersOf(world)) {
    requireDatabase(world, cluster);
    const { set, container } = cluster;
    const claims: Manifest[] = set.spec.volumeClaimTemplates ?? [];
    if (claims.length === 0) {
      const volume = podSpec(set).volumes.find(({ name }: Manifest) => name === dataVolume(container)?.name);
      const size = quantity(volume?.emptyDir?.sizeLimit);
      world.expect(size >= GI, 'storage', set, 'the data of pod storage must have a limit of 1Gi or more');
      world.equal(Object.keys(volume?.emptyDir ?? {}), ['sizeLimit'], 'storage', set, "the emptyDir's fields");
      continue;
    }
    world.equal(claims.length, 1, 'storage', set, 'the number of claims of a member');
    requireClaim(world, cluster, claims[0]);
  }
  requireOwnVolumes(world);
};

function dataVolume(container: Manifest): Manifest | undefined {
  return container.volumeMounts.find(({ mountPath }: Manifest) => mountPath === '/data');
}

/** A folder in the volume: a volume's root may hold a lost+found, and the default path is not kept to (facts). */
function requireDatabase(world: World, { set, container, options }: ClusterParts): void {
  const mount = dataVolume(container);
  world.equal(options.DB, '/data/db', 'storage', set, 'DB');
  const writable = mount && !mount.readOnly && mount.subPath === undefined;
  world.expect(writable, 'storage', set, 'a volume to write must be mounted at /data');
  const claimed = (set.spec.volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata.name);
  const pod = podSpec(set)
    .volumes.filter(({ emptyDir }: Manifest) => emptyDir?.sizeLimit)
    .map((v: Manifest) => v.name);
  const places = claimed.length > 0 ? claimed : pod;
  world.expect(places.includes(mount?.name), 'storage', set, 'what is mounted at /data must be the storage');
}

function requireClaim(world: World, cluster: ClusterParts, claim: Manifest): void {
  const { set } = cluster;
  const { accessModes, resources, storageClassName, selector } = claim.spec;
  world.equal(claim.metadata, { name: 'data' }, 'storage', set, "the claim's name, which a volume waits for");
  const size = quantity(resources?.requests?.storage);
  world.expect(size >= GI, 'storage', set, 'a claim must ask for 1Gi or more');
  world.expect(size <= 64 * 1024 * GI, 'storage', set, 'no disk or share is larger than 64Ti');
  if (storageClassName === '') {
    requireVolumes(world, cluster, claim);
    return;
  }
  world.equal(selector, undefined, 'storage', set, "the selector of a claim that a class's driver fills");
  // two pods on one volume destroy the database; Azure's disk driver keeps the second one out
  const modes = String(storageClassName).startsWith('managed-csi') ? ONE_POD : undefined;
  const known = modes
    ? canonical(accessModes) === canonical(modes)
    : [canonical(ONE_POD), '["ReadWriteOnce"]'].includes(canonical(accessModes));
  world.expect(known, 'storage', set, `the access modes ${canonical(accessModes)} let two pods write`);
  world.expect(/^[a-z0-9][-.a-z0-9]*$/.test(storageClassName ?? ''), 'storage', set, `${storageClassName} is no class`);
  // a class of the cluster's own bears its name, any other is the user's
  if (storageClassName !== ownClass(cluster)) return;
  const found = world.find('StorageClass', undefined, storageClassName);
  if (!world.expect(found, 'storage', set, `there is no StorageClass ${storageClassName}`) || !found) return;
  world.equal(accessModes, ONE_POD, 'storage', set, 'the access modes of a share');
  requireClass(world, cluster, found, size);
}

function requireClass(world: World, { set }: ClusterParts, object: Manifest, size: number): void {
  const { provisioner, parameters, reclaimPolicy, allowVolumeExpansion, volumeBindingMode, mountOptions } = object;
  world.equal(provisioner, DRIVER, 'storage', object, 'its provisioner');
  world.equal(object.metadata.labels, set.spec.selector?.matchLabels, 'labels', object, 'its labels');
  // deleting a claim deletes no data
  world.equal(reclaimPolicy, 'Retain', 'storage', object, 'reclaimPolicy');
  world.equal(allowVolumeExpansion, true, 'storage', object, 'allowVolumeExpansion');
  // a share has no zone: there is nothing to wait for
  world.equal(volumeBindingMode, 'Immediate', 'storage', object, 'volumeBindingMode');
  world.equal(Object.keys(parameters ?? {}).sort(), ['protocol', 'skuName'], 'storage', object, 'its parameters');
  const sku = /^(Standard|Premium|StandardV2|PremiumV2)_(LRS|GRS|ZRS|GZRS|RAGRS|RAGZRS)$/.test(parameters?.skuName);
  world.expect(sku, 'storage', object, `${parameters?.skuName} is no tier of Azure Files`);
  if (/^Premium_/.test(parameters?.skuName))
    world.expect(size >= 100 * GI, 'storage', set, 'a premium share has 100Gi');
  requireMount(world, object, podSpec(set).securityContext, parameters?.protocol, mountOptions);
}

/** A volume for each member, reserved for its claim, on a share of its own. */
function requireVolumes(world: World, cluster: ClusterParts, claim: Manifest): void {
  const { set, namespace, members } = cluster;
  const { accessModes, resources, selector } = claim.spec;
  world.equal(accessModes, ONE_POD, 'storage', set, 'the access modes of a share');
  // no other volume will do, and no class makes one in its place
  world.equal(selector, set.spec.selector, 'storage', set, "the claim's selector");
  const shares: string[] = [];
  const accounts = new Set<string>();
  for (const member of members) {
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: `data-${member}` };
    const volume = world.of('PersistentVolume').find((pv) => canonical(pv.spec.claimRef) === canonical(claimRef));
    if (!world.expect(volume, 'storage', set, `there is no volume for the claim data-${member}`) || !volume) continue;
    const { spec, metadata } = volume;
    world.equal(metadata.name, `${namespace}-${member}`, 'storage', volume, 'its name');
    world.equal(metadata.labels, selector?.matchLabels, 'storage', volume, 'its labels, by which the claim finds it');
    world.equal(spec.capacity, resources.requests, 'storage', volume, 'its capacity, as the claim asks');
    world.expect(quantity(spec.capacity?.storage) >= 100 * GI, 'storage', volume, 'a premium share has 100Gi at least');
    world.equal(spec.accessModes, accessModes, 'storage', volume, 'its access modes');
    world.equal(spec.storageClassName, '', 'storage', volume, 'its class');
    world.equal(spec.persistentVolumeReclaimPolicy, 'Retain', 'storage', volume, 'its reclaim policy');
    shares.push(requireShare(world, volume, namespace));
    accounts.add(canonical([spec.csi.nodeStageSecretRef, spec.csi.volumeAttributes.storageAccount]));
    requireMount(world, volume, podSpec(set).securityContext, spec.csi.volumeAttributes?.protocol, spec.mountOptions);
  }
  world.equal(accounts.size, 1, 'storage', set, 'the number of storage accounts of a cluster');
  const numbered = shares.map((share) => /^(.*?)(\d+)$/.exec(share)?.slice(1) ?? [share, '']);
  const series = numbered.every(([prefix, number], i) => prefix === numbered[0][0] && Number(number) === i + 1);
  world.expect(series, 'storage', set, `the shares ${shares} are not numbered as the members are`);
}

/** The driver's fields. Returns the name of the share. */
function requireShare(world: World, volume: Manifest, namespace: string): string {
  const { driver, volumeHandle, volumeAttributes, nodeStageSecretRef } = volume.spec.csi;
  const { protocol, shareName, storageAccount, resourceGroup, server } = volumeAttributes;
  world.equal(driver, DRIVER, 'storage', volume, 'its driver');
  world.expect(
    /^(?!.*--)[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$/.test(shareName),
    'storage',
    volume,
    `${shareName} is no share`,
  );
  if (protocol === 'smb') {
    const { name, namespace: where } = nodeStageSecretRef ?? {};
    world.expect(/^[a-z0-9][-.a-z0-9]*$/.test(name ?? ''), 'storage', volume, 'SMB needs the Secret with the key');
    world.equal(where, namespace, 'storage', volume, "the namespace of the account's Secret");
  } else {
    world.equal(nodeStageSecretRef, undefined, 'storage', volume, 'the Secret, which NFS does not take');
    world.expect(storageAccount, 'storage', volume, 'NFS needs the name of the account');
  }
  if (storageAccount) world.equal(server, `${storageAccount}.file.core.windows.net`, 'storage', volume, 'its server');
  else world.equal(server, undefined, 'storage', volume, 'its server');
  // the driver resizes and snapshots only what is named so; two volumes with one handle would share a mount
  const handle =
    resourceGroup && storageAccount
      ? `${resourceGroup}#${storageAccount}#${shareName}`
      : `${namespace}-${storageAccount ?? nodeStageSecretRef?.name}-${shareName}`;
  world.equal(volumeHandle, handle, 'storage', volume, 'its handle');
  return String(shareName);
}

/** Owner, modes and safety of the files on a share (docs/storage.md tells why each). */
function requireMount(world: World, object: Manifest, user: Manifest, protocol: string, given: string[]): void {
  const owner = [`uid=${user?.runAsUser}`, `gid=${user?.runAsGroup}`, 'dir_mode=0750', 'file_mode=0640'];
  const smb = [...owner, 'nobrl', 'mfsymlinks', 'nosharesock', 'actimeo=30', 'cache=strict'];
  const nfs = ['nconnect=4', 'noresvport', 'actimeo=30'];
  if (!world.expect(['smb', 'nfs'].includes(protocol), 'storage', object, `${protocol} is no protocol`)) return;
  world.equal([...(given ?? [])].sort(), (protocol === 'smb' ? smb : nfs).sort(), 'storage', object, 'mount options');
}

function ownClass({ namespace, name }: ClusterParts): string {
  return `${namespace}-${name}-azurefile`;
}

/** Whether the members' data lie on shares that are mounted over SMB. */
export function onSmb(world: World, cluster: ClusterParts): boolean {
  const claims = cluster.members.map((member) => `data-${member}`);
  const volumes = world.of('PersistentVolume').filter(({ spec }) => {
    const { namespace, name } = spec.claimRef ?? {};
    return namespace === cluster.namespace && claims.includes(name);
  });
  const made = world.find('StorageClass', undefined, ownClass(cluster))?.parameters?.protocol;
  return made === 'smb' || volumes.some(({ spec }) => spec.csi?.volumeAttributes?.protocol === 'smb');
}

/** No volume or class of ours is left without a member, and no two volumes lie on one share. */
function requireOwnVolumes(world: World): void {
  for (const object of world.of('StorageClass')) {
    const used = world
      .of('StatefulSet')
      .some(({ spec }) =>
        (spec.volumeClaimTemplates ?? []).some((c: Manifest) => c.spec.storageClassName === object.metadata.name),
      );
    world.expect(used, 'storage', object, 'no claim asks for it');
  }
  const handles = new Map<string, Manifest>();
  const claimed = clustersOf(world).flatMap(({ namespace, members }) => members.map((m) => `${namespace}/data-${m}`));
  for (const volume of world.of('PersistentVolume')) {
    const { claimRef, csi } = volume.spec;
    const known = claimed.includes(`${claimRef?.namespace}/${claimRef?.name}`);
    world.expect(known, 'storage', volume, `it is reserved for ${canonical(claimRef)}, the claim of no member`);
    const other = handles.get(csi?.volumeHandle);
    world.expect(!other, 'storage', volume, `it has the handle of ${other?.metadata.name}`);
    handles.set(csi?.volumeHandle, volume);
  }
}
