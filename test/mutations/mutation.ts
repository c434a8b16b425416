import { createHash } from 'node:crypto';
import type { Manifest } from '../helpers';

/** One change by hand to the objects of a folder. */
export interface Mutation {
  /** `Kind name: what is changed`. */
  readonly name: string;
  /** What is changed: an object's kind, or a file in a ConfigMap. */
  readonly kind: string;
  /** Changes the objects in place, or returns others. */
  apply(manifests: Manifest[]): Manifest[] | undefined;
}

/** The objects after the mutation; those given stay as they are. */
export function mutated(manifests: readonly Manifest[], mutation: Mutation): Manifest[] {
  const copy = structuredClone(manifests) as Manifest[];
  return mutation.apply(copy) ?? copy;
}

/** Every place in the object: an inner one as well as one that holds a value of its own. */
export function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]));
  return path.length > 0 ? [path, ...inner] : inner;
}

export function valueAt(object: Manifest, path: string[]): unknown {
  return path.reduce((value, key) => value?.[key], object);
}

export function setAt(object: Manifest, path: string[], value: unknown): void {
  const holder = valueAt(object, path.slice(0, -1)) as Manifest;
  const key = path.at(-1)!;
  if (value !== undefined) holder[key] = value;
  else if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

/** Another value of the same kind, which is likely to be wrong: a slip of the pen, or a figure tenfold. */
export function another(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value === 0 ? 1 : value * 10;
  if (value === 'true' || value === 'false') return String(value !== 'true');
  const [, amount, unit] = /^(\d+)([A-Z]i|m)?$/.exec(String(value)) ?? [];
  return amount ? `${Number(amount) * 10}${unit ?? ''}` : `${value}x`;
}

/** Changes a text in a ConfigMap, and the hash in its name wherever it stands: as if the generator had made it so. */
export function changeData(
  manifests: Manifest[],
  name: string,
  file: string,
  change: (text: string) => string,
): Manifest[] {
  const map = manifests.find((m) => m.kind === 'ConfigMap' && m.metadata.name === name);
  map.data[file] = change(map.data[file]);
  if (!/-[0-9a-f]{10}$/.test(name)) return manifests;
  const entries = Object.entries(map.data).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 10);
  const renamed = name.replace(/[0-9a-f]{10}$/, hash);
  return JSON.parse(JSON.stringify(manifests).replaceAll(`"${name}"`, `"${renamed}"`));
}
