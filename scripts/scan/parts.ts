import type { Located, Manifest, Material } from './manifests';
import { allObjects, type Place, placeOf } from './scanner';

/** A program's text inside a manifest, with all the places where this very text stands. */
export interface Part {
  readonly text: string;
  readonly places: readonly Place[];
}

/** A shell script and the shell it is for. */
export interface Script extends Part {
  readonly shell: 'sh' | 'bash' | 'dash' | 'ksh' | 'busybox';
}

/** Every nginx.conf that a ConfigMap holds. */
export function nginxConfigs(material: Material): Part[] {
  return gather(allObjects(material), ({ kind, data }) =>
    kind === 'ConfigMap'
      ? Object.entries(data ?? {})
          .filter(isNginx)
          .map(([, text]) => String(text))
      : [],
  );
}

function isNginx([name, text]: [string, unknown]): boolean {
  return name === 'nginx.conf' || (name.endsWith('.conf') && /^\s*(events|http|stream)\s*\{/m.test(String(text)));
}

/** Every shell script: in ConfigMaps, after `sh -c` in any command of a pod, and the files that end in .sh. */
export function shellScripts(material: Material): Script[] {
  const inside = gather(allObjects(material), (manifest) => [...inConfigMap(manifest), ...inCommands(manifest)]);
  const files = [...material.scripts].map(([file, text]) => ({ text, places: [{ object: file, file }] }));
  return [...inside, ...files].map((part) => ({ ...part, shell: shellOf(part.text) }));
}

function inConfigMap({ kind, data }: Manifest): string[] {
  if (kind !== 'ConfigMap') return [];
  return Object.entries<string>(data ?? {})
    .filter(([name, text]) => name.endsWith('.sh') || INTERPRETER.test(text))
    .map(([, text]) => text);
}

/** What stands after `-c` of a shell. */
function inCommands(value: Manifest): string[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap(inCommands);
  const words = [value.command, value.args].filter(Array.isArray).flat().map(String);
  const at = words.findIndex((word) => /^-[a-z]*c$/.test(word));
  // "busybox sh -c" has it in second place
  const [shell] = words
    .slice(0, Math.max(at, 0))
    .flatMap((word) => /(?:^|\/)((?:ba|da|k|a)?sh)$/.exec(word)?.[1] ?? []);
  const found = shell && words[at + 1] !== undefined ? [`#!/bin/${shell}\n${words[at + 1]}`] : [];
  return [...found, ...Object.values(value).flatMap(inCommands)];
}

const INTERPRETER = /^#!\s*\/(?:\S*\/)?(?:env\s+(?:-S\s+)?)?(bash|dash|ash|ksh|busybox|sh)\b/;

/** POSIX's own shell where the script does not say, since that is what a container surely has. */
function shellOf(text: string): Script['shell'] {
  const shell = INTERPRETER.exec(text)?.[1] ?? 'sh';
  return (shell === 'ash' ? 'busybox' : shell) as Script['shell'];
}

/** Equal texts become one part, so that each is looked at once. */
function gather(objects: readonly Located[], textsOf: (manifest: Manifest) => string[]): Part[] {
  const parts = new Map<string, Place[]>();
  for (const located of objects) {
    for (const text of new Set(textsOf(located.manifest))) {
      parts.set(text, [...(parts.get(text) ?? []), placeOf(located)]);
    }
  }
  return [...parts].map(([text, places]) => ({ text, places }));
}
