import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { type DocumentOptions, isMap, LineCounter, parseAllDocuments, type SchemaOptions } from 'yaml';
import type { Finding } from './finding';

/** A manifest as it was read. */
// biome-ignore lint/suspicious/noExplicitAny: manifests of any kind, read field by field
export type Manifest = any;

/** An object of Kubernetes, and where it stands. */
export interface Located {
  readonly manifest: Manifest;
  readonly file: string;
  /** The first and last line of its document, from 1. */
  readonly lines: readonly [number, number];
}

/** Objects that are applied together. Some scanners look at how they fit together. */
export interface ManifestSet {
  readonly name: string;
  readonly objects: readonly Located[];
}

/** All that was found to scan. */
export interface Material {
  readonly sets: readonly ManifestSet[];
  /** Files with manifests, each with its text. */
  readonly files: ReadonlyMap<string, string>;
  /** Shell scripts that are files, each with its text. */
  readonly scripts: ReadonlyMap<string, string>;
  /** YAML that holds no manifest: values, a chart's description, and the like. */
  readonly passedOver: readonly string[];
  /** Files that are no YAML. */
  readonly unreadable: readonly Finding[];
}

/** kubectl reads YAML 1.1, where `yes` is true, but without its times and dates. */
const LIKE_KUBECTL: DocumentOptions & SchemaOptions = {
  version: '1.1',
  customTags: (tags) =>
    tags.filter((tag) => typeof tag === 'string' || !/TIME$|timestamp$/.test(tag.format ?? tag.tag)),
};

/** How an object is called in findings and exceptions. */
export function addressOf({ kind, metadata }: Manifest): string {
  return `${kind ?? '?'}/${metadata?.name ?? `${metadata?.generateName ?? ''}*`}`;
}

/** The construct of this library that made an object, if one did. */
export function componentOf({ metadata }: Manifest): string | undefined {
  const labels = metadata?.labels ?? {};
  return labels['app.kubernetes.io/managed-by'] === 'cdk8s-eventstore'
    ? labels['app.kubernetes.io/component']
    : undefined;
}

/** Every file below a folder, or the one file. Hidden folders and node_modules are left out. */
export function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const full = join(path, entry.name);
      if (entry.isDirectory()) return /^\.|^node_modules$/.test(entry.name) ? [] : filesIn(full);
      // a link to a file is followed, one to a folder is not: it may lead back up
      return entry.isFile() || (entry.isSymbolicLink() && statSync(full, { throwIfNoEntry: false })?.isFile())
        ? [full]
        : [];
    });
}

/** What is to be scanned in these files. `setOf` says which of them are applied together; by default, all are. */
export function readMaterial(
  paths: readonly string[],
  root: string,
  setOf: (path: string) => string = () => root,
): Material {
  const files = new Map<string, string>();
  const scripts = new Map<string, string>();
  const sets = new Map<string, Located[]>();
  const passedOver: string[] = [];
  const unread: Finding[] = [];
  for (const path of paths) {
    const file = relative(root, path) || basename(path);
    if (path.endsWith('.sh')) scripts.set(file, readFileSync(path, 'utf8'));
    if (!/\.(ya?ml|json)$/.test(path)) continue;
    const text = readFileSync(path, 'utf8');
    const read = objectsOf(text, file);
    if (!Array.isArray(read)) {
      // JSON that has no apiVersion is somebody else's, and may have a syntax of its own
      if (path.endsWith('.json') && !text.includes('"apiVersion"')) passedOver.push(file);
      else unread.push(read);
    } else if (read.length === 0) {
      passedOver.push(file);
    } else {
      files.set(file, text);
      const set = setOf(path);
      sets.set(set, [...(sets.get(set) ?? []), ...read]);
    }
  }
  return {
    sets: [...sets].map(([name, objects]) => ({ name: relative(root, name) || '.', objects })),
    files,
    scripts,
    passedOver,
    unreadable: unread,
  };
}

/** The objects in a text, or why there are none to be read. */
export function objectsOf(text: string, file: string): Located[] | Finding {
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, { ...LIKE_KUBECTL, lineCounter: counter });
  const line = (offset: number) => counter.linePos(offset).line;
  const objects: Located[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error) return unreadable(file, error.code, line(error.pos[0]), error.message);
    if (!isMap(document.contents)) continue;
    const [start, , end] = document.range;
    let value: Manifest;
    try {
      value = document.toJS();
    } catch (error) {
      // an alias of nothing, or aliases of aliases without end
      return unreadable(file, 'ALIAS', line(start), (error as Error).message);
    }
    const found = expand(value);
    objects.push(...found.map((manifest) => ({ manifest, file, lines: [line(start), line(end)] as const })));
  }
  return objects;
}

function unreadable(file: string, rule: string, line: number, message: string): Finding {
  return { tool: 'yaml', rule, object: file, file, message: `line ${line}: ${message.split('\n')[0]}` };
}

/** The object, or those of a List. */
function expand(value: Manifest): Manifest[] {
  if (!isManifest(value)) return [];
  if (/List$/.test(value.kind) && Array.isArray(value.items)) return value.items.flatMap(expand);
  return [value];
}

/** Also one without its kind or apiVersion: kubectl refuses it, so it must not be passed over. */
function isManifest(value: Manifest): boolean {
  const { kind, apiVersion, metadata } = value ?? {};
  const signs = [typeof kind === 'string', typeof apiVersion === 'string', isObject(metadata)].filter(Boolean);
  return signs.length >= 2 && !FOR_OTHERS.test(`${apiVersion} ${kind}`);
}

/** What looks alike and is read by kustomize, kind, kubeadm, the kubelet, or kubectl for itself. */
const FOR_OTHERS = /^(\S*config\.k8s\.io|kind\.x-k8s\.io|kubeadm\.k8s\.io)\/|^\S* Kustomization$|^v1 Config$/;

function isObject(value: unknown): boolean {
  return value !== null && typeof value === 'object';
}
