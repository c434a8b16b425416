import { createHash } from 'node:crypto';
import type { Manifest } from '../helpers';
import { type Contract, matches, podSpec, podTemplate, type World } from './world';

const SECRET_NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

/** What a pod names exists: accounts, ConfigMaps and their keys, volumes for mounts and mounts for volumes. */
export const references: Contract = (world) => {
  for (const workload of world.workloads) {
    const { namespace } = workload.metadata;
    const pod = podSpec(workload);
    requireSelector(world, workload);
    requireAccount(world, workload);
    for (const volume of pod.volumes ?? []) requireSource(world, workload, volume);
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      requireMounts(world, workload, container);
      requireCommand(world, workload, container);
      for (const variable of container.env ?? []) requireValue(world, workload, variable);
      const names = (container.env ?? []).map(({ name }: Manifest) => name);
      world.expect(new Set(names).size === names.length, 'environment', workload, 'a variable is there twice');
    }
    requireUse(world, workload);
    for (const { configMap } of pod.volumes ?? []) {
      if (configMap) requireHash(world, world.find('ConfigMap', namespace, configMap.name));
    }
  }
};

function requireSelector(world: World, workload: Manifest): void {
  const selector = workload.spec.selector?.matchLabels;
  if (['Job', 'CronJob'].includes(workload.kind)) return;
  const template = podTemplate(workload).metadata.labels;
  const fits = selector && Object.keys(selector).length > 0 && matches(selector, template);
  world.expect(fits, 'selectors', workload, 'its selector does not find the pods of its own template');
  const strangers = world.selected(workload.metadata.namespace, selector).filter((pod) => pod.workload !== workload);
  world.expect(strangers.length === 0, 'selectors', workload, "its selector finds another workload's pods");
}

function requireAccount(world: World, workload: Manifest): void {
  const { namespace } = workload.metadata;
  const name = podSpec(workload).serviceAccountName;
  const account = name && world.find('ServiceAccount', namespace, name);
  if (!world.expect(account, 'accounts', workload, `there is no ServiceAccount ${namespace}/${name}`)) return;
  // who has something to ask the API server mounts a token of its own
  world.equal(account.automountServiceAccountToken, false, 'tokens', account, 'automountServiceAccountToken');
  world.equal(
    podSpec(workload).automountServiceAccountToken,
    false,
    'tokens',
    workload,
    'automountServiceAccountToken',
  );
}

function requireSource(world: World, workload: Manifest, volume: Manifest): void {
  const { namespace } = workload.metadata;
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  const allowed = ['configMap', 'secret', 'emptyDir', 'projected', 'downwardAPI', 'persistentVolumeClaim', 'csi'];
  const plain = sources.length === 1 && allowed.includes(sources[0]) && volume[sources[0]] !== null;
  if (!world.expect(plain, 'volumes', workload, `the volume ${volume.name} has no source that Pod Security allows`))
    return;
  if (volume.configMap) {
    const map = world.find('ConfigMap', namespace, volume.configMap.name);
    if (!world.expect(map, 'volumes', workload, `there is no ConfigMap ${namespace}/${volume.configMap.name}`)) return;
    for (const { key } of volume.configMap.items ?? []) {
      world.expect(key in map.data, 'volumes', workload, `the ConfigMap ${volume.configMap.name} has no key ${key}`);
    }
  }
  if (volume.secret) {
    const { secretName, defaultMode, items } = volume.secret;
    world.expect(SECRET_NAME.test(secretName ?? ''), 'volumes', workload, `${secretName} is no name of a Secret`);
    // the pod's group reads it, and nobody else
    world.equal(defaultMode, 0o440, 'volumes', workload, `defaultMode of ${volume.name}`);
    for (const { key, path } of items ?? []) world.equal(path, key, 'volumes', workload, `path of ${key}`);
  }
}

function requireMounts(world: World, workload: Manifest, container: Manifest): void {
  const claims = (workload.spec.volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata.name);
  const volumes = [...(podSpec(workload).volumes ?? []).map(({ name }: Manifest) => name), ...claims];
  const mounts: Manifest[] = container.volumeMounts ?? [];
  for (const { name, mountPath, readOnly } of mounts) {
    world.expect(
      volumes.includes(name),
      'volumes',
      workload,
      `${mountPath} is a mount of the volume ${name}, not there`,
    );
    world.expect(/^(\/[-\w.]+)+$/.test(mountPath ?? ''), 'volumes', workload, `${mountPath} is no absolute path`);
    const source = (podSpec(workload).volumes ?? []).find((volume: Manifest) => volume.name === name);
    const fixed = Boolean(source?.configMap ?? source?.secret ?? source?.projected ?? source?.downwardAPI);
    world.equal(readOnly ?? false, fixed, 'volumes', workload, `readOnly of the mount ${mountPath}`);
  }
  const paths = mounts.map((mount) => mount.mountPath);
  world.expect(new Set(paths).size === paths.length, 'volumes', workload, 'two volumes are mounted in one place');
}

/** A volume that no container mounts is a mount that somebody forgot. */
function requireUse(world: World, workload: Manifest): void {
  const pod = podSpec(workload);
  const mounted = [...(pod.initContainers ?? []), ...pod.containers].flatMap((container: Manifest) =>
    (container.volumeMounts ?? []).map(({ name }: Manifest) => name),
  );
  const claims = (workload.spec.volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata);
  for (const { name } of [...(pod.volumes ?? []), ...claims]) {
    world.expect(mounted.includes(name), 'volumes', workload, `nothing mounts the volume ${name}`);
  }
}

/** A file that the command names lies in a mount, and the mounted ConfigMap or Secret has it. */
function requireCommand(world: World, workload: Manifest, container: Manifest): void {
  for (const argument of [...(container.command ?? []), ...(container.args ?? [])]) {
    const mount = (container.volumeMounts ?? []).find(({ mountPath }: Manifest) =>
      argument.startsWith(`${mountPath}/`),
    );
    const source = mount && (podSpec(workload).volumes ?? []).find(({ name }: Manifest) => name === mount.name);
    if (!source?.configMap) continue;
    const data = world.find('ConfigMap', workload.metadata.namespace, source.configMap.name)?.data ?? {};
    const file = argument.slice(mount.mountPath.length + 1);
    world.expect(file in data, 'commands', workload, `${argument} is not a file of the ConfigMap mounted there`);
  }
}

function requireValue(world: World, workload: Manifest, { name, value, valueFrom }: Manifest): void {
  world.expect(/^[A-Z][A-Z0-9_]*$/.test(name ?? ''), 'environment', workload, `${name} is no name of a variable`);
  const one = (value !== undefined) !== (valueFrom !== undefined);
  world.expect(one && value !== '', 'environment', workload, `${name} needs one value, which is not empty`);
  if (value !== undefined) world.expect(typeof value === 'string', 'environment', workload, `${name} is no text`);
  const { secretKeyRef } = valueFrom ?? {};
  if (!secretKeyRef) return;
  world.expect(SECRET_NAME.test(secretKeyRef.name ?? ''), 'environment', workload, `${name} is of no Secret`);
  world.expect(/^[-.\w]+$/.test(secretKeyRef.key ?? ''), 'environment', workload, `${name} is of no key`);
}

/** What pods read at their start has a hash of itself in its name: so a change of it rolls them. */
function requireHash(world: World, map: Manifest | undefined): void {
  if (!map) return;
  const entries = Object.entries(map.data).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 10);
  world.expect(map.metadata.name.endsWith(`-${hash}`), 'hashes', map, `its name must end in -${hash}, as its data do`);
}
