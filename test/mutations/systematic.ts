import type { Manifest } from '../helpers';
import { another, changeData, type Mutation, places, setAt, valueAt } from './mutation';

/** Files of the monitoring stack and the benchmark that programs read line by line. */
export const CONFIGURATIONS = ['telegraf.conf', 'datasources.yaml', 'dashboards.yaml', 'settings.json'];
/** Files whose lines are mutated one by one, not as one value. */
const FILES = ['nginx.conf', 'start.sh', ...CONFIGURATIONS];
/** A line's last word, with what stands before and after it. */
const NGINX = /^(.*?)([^\s;{}"']+)(["']?(?:[;{} ]*|, '))$/;
const OTHERS = /^(.*?)([^\s{}[\]"',]+)(["'\]},]*)$/;

/** The deletion of each object. */
export function withoutObjects(manifests: readonly Manifest[]): Mutation[] {
  return manifests.map((object, index) => ({
    name: `${title(object)}: deleted`,
    kind: object.kind,
    apply: (all) => all.filter((_, i) => i !== index),
  }));
}

/** Each value changed; each value and each part deleted, and put under a misspelt name. */
export function changedPlaces(manifests: readonly Manifest[]): Mutation[] {
  return manifests.flatMap((object, index) =>
    places(object)
      .filter((path) => !(object.kind === 'ConfigMap' && FILES.includes(path.at(-1)!)))
      .flatMap((path) => {
        const value = valueAt(object, path);
        const to = (what: string, other: unknown): Mutation => ({
          name: `${title(object)}: ${path.join('.')} ${what}`,
          kind: object.kind,
          apply: (all) => {
            setAt(all[index], path, other);
            return undefined;
          },
        });
        const gone = [to('deleted', undefined), ...misspelt(title(object), object.kind, index, path)];
        return typeof value === 'object' ? gone : [to(`= ${brief(another(value))}`, another(value)), ...gone];
      }),
  );
}

function misspelt(object: string, kind: string, index: number, path: string[]): Mutation[] {
  const key = path.at(-1)!;
  if (/^\d+$/.test(key)) return [];
  return [
    {
      name: `${object}: ${path.join('.')} misspelt`,
      kind,
      apply: (all) => {
        setAt(all[index], [...path.slice(0, -1), `${key}x`], valueAt(all[index], path));
        setAt(all[index], path, undefined);
        return undefined;
      },
    },
  ];
}

/** Each line of a file in a ConfigMap deleted, but for comments and empty ones; a block's head with its end. */
export function withoutLines(manifests: readonly Manifest[], file: string): Mutation[] {
  return linesOf(manifests, file).flatMap(({ map, lines, index, name }) => {
    const end = lines[index].endsWith('{') ? endOf(lines, index) : index;
    const without = (all: string[]) => all.filter((_, i) => i < index || i > end);
    return change(`${name} deleted`, file, map, without);
  });
}

/** The last word of each line of a file changed: a figure tenfold, any other misspelt. */
export function changedLines(manifests: readonly Manifest[], file: string): Mutation[] {
  return linesOf(manifests, file).flatMap(({ map, lines, index, name }) => {
    const [, before, word, end] = (file === 'nginx.conf' ? NGINX : OTHERS).exec(lines[index]) ?? [];
    if (!word) return [];
    const [, amount, unit] = /^(\d+)([a-z]{0,2})$/.exec(word) ?? [];
    const other = amount ? `${Number(amount) * 10 || 1}${unit}` : `${word}x`;
    const changed = (all: string[]) => all.map((line, i) => (i === index ? `${before}${other}${end}` : line));
    return change(`${name} = ${other}`, file, map, changed);
  });
}

interface Line {
  readonly map: string;
  readonly lines: string[];
  readonly index: number;
  /** The file, where in it, and the line. */
  readonly name: string;
}

function linesOf(manifests: readonly Manifest[], file: string): Line[] {
  return manifests
    .filter((m) => m.kind === 'ConfigMap' && m.data[file])
    .flatMap((map) => {
      const lines: string[] = map.data[file].split('\n');
      return lines.flatMap((line, index) => {
        const text = line.trim();
        if (text === '' || text.startsWith('#') || text === '}') return [];
        const name = `${file}: ${[...around(lines, index), text].join(' > ')}`;
        return [{ map: map.metadata.name, lines, index, name }];
      });
    });
}

function change(name: string, file: string, map: string, to: (lines: string[]) => string[]): Mutation[] {
  const apply = (all: Manifest[]) => changeData(all, map, file, (text) => to(text.split('\n')).join('\n'));
  return [{ name, kind: file, apply }];
}

/** Where a line stands: the heads of the blocks around it, by its indentation; in a script its number. */
function around(lines: string[], index: number): string[] {
  if (lines[0].startsWith('#!')) return [`line ${index + 1}`];
  const indentOf = (line: string) => /^ */.exec(line)![0].length;
  let start = index;
  while (start >= 0 && !(lines[start].endsWith('{') && indentOf(lines[start]) < indentOf(lines[index]))) start--;
  return start < 0 ? [] : [...around(lines, start), lines[start].trim().replace(/ \{$/, '')];
}

/** The line that ends the block which begins here, by its indentation. */
function endOf(lines: string[], start: number): number {
  const indent = /^ */.exec(lines[start])![0];
  return lines.findIndex((line, i) => i > start && [`${indent}}`, `${indent}},`].includes(line));
}

function title(object: Manifest): string {
  return `${object.kind} ${object.metadata.name.replace(/-[0-9a-f]{10}$/, '-#')}`;
}

function brief(value: unknown): string {
  const text = String(value);
  return text.length > 40 ? `…${text.slice(-30)}` : text;
}
