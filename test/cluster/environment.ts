import { randomBytes } from 'node:crypto';
import { list } from './kubectl';
import { findMachines, type Machines } from './machines';
import { hasCluster } from './setup';

/** True, and a loud word, where there is no Kubernetes to test on. The setup has failed the run where that is CI. */
export function noCluster(): boolean {
  const none = !hasCluster();
  if (none) console.warn('SKIPPED, NOT TESTED: no Kubernetes answers; set KUBECONFIG, see CONTRIBUTING.md');
  return none;
}

let found: Promise<Machines | undefined> | undefined;

/** Who may touch the machines; undefined, with a loud word, where nobody may. In CI somebody must. */
export async function machines(): Promise<Machines | undefined> {
  found ??= findMachines();
  const machine = await found;
  if (machine) return machine;
  if (process.env.CI)
    throw new Error('CLUSTER_TOOL names no program that handles machines: in CI no test may be skipped');
  console.warn('SKIPPED, NOT TESTED: what needs hands on the machines (CLUSTER_TOOL, or kind)');
  return undefined;
}

/** Flags of the generator for a storage. Volumes on disks are new ones: released ones keep what was on them. */
export async function storageFlags(storage: 'podstorage' | 'disk', volumesPerNode = 1): Promise<string[]> {
  if (storage === 'podstorage') return ['--storage', storage];
  const machine = await findMachines();
  const name = machine
    ? `tests-${randomBytes(3).toString('hex')}`
    : (process.env.CLUSTER_STORAGE_CLASS ?? 'managed-csi-premium');
  await machine?.localVolumes(name, volumesPerNode);
  return ['--storage', storage, '--storage-class', name];
}

export async function nodes(): Promise<string[]> {
  return (await list('nodes')).map(({ metadata }) => metadata.name);
}
