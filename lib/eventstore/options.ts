import { nearest } from '../nearest';
import { OPTIONS, REMOVED, RENAMED, type ServerOption } from './option-table';

/** One spelling for all: the server splits at `__`, drops `_` and ignores case. */
const fold = (name: string) =>
  name
    .split('__')
    .map((part) => part.replaceAll('_', '').toLowerCase())
    .join('__');

const BY_FOLDED = new Map(
  [...Object.keys(OPTIONS), ...Object.keys(RENAMED), ...Object.keys(REMOVED)].map((name) => [fold(name), name]),
);

const pascal = (word: string) =>
  word
    .split('_')
    .map((part) => (/[a-z]/.test(part) ? part : part.charAt(0) + part.slice(1).toLowerCase()))
    .join('');

/** `NODE_IP`, `KURRENTDB_NODE_IP` and `NodeIp` are all `NodeIp`; an unknown name comes back in that form. */
export function optionName(given: string): string {
  const bare = given.replace(/^(EVENTSTORE|KURRENTDB)_+(?=.)/i, '');
  const known = BY_FOLDED.get(fold(bare));
  if (known) return known;
  const parts = bare.split('__').map(pascal);
  const section = openSection(parts);
  return [...section, ...parts.slice(section.length)].join('__');
}

/** The section that such a name stands in and that takes any name, in the table's spelling; empty when there is none. */
function openSection(parts: string[]): string[] {
  for (let length = parts.length - 1; length > 0; length--) {
    const known = BY_FOLDED.get(fold([...parts.slice(0, length), '*'].join('__')));
    if (known) return known.split('__').slice(0, -1);
  }
  return [];
}

/**
 * The variable without its prefix: `NodeIp` is `NODE_IP`. The words are those of the server's `CombineByPascalCase`;
 * what it reads, it puts together again without regard to `_` and case.
 */
export function environmentName(option: string): string {
  return option.replace(/(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^A-Z_])(?=[A-Z])/g, '_').toUpperCase();
}

/** What the table says of an option, by its canonical name; undefined for one that no line knows. */
export function serverOption(name: string): ServerOption | undefined {
  if (Object.hasOwn(OPTIONS, name)) return OPTIONS[name];
  const section = openSection(name.split('__'));
  return section.length > 0 ? OPTIONS[[...section, '*'].join('__')] : undefined;
}

/** Whether a line is one that `in` or `deprecated` names. */
export function isAmong(line: string, ranges: string): boolean {
  return ranges.split(' ').some((range) => {
    const [from, to = from] = range.split('-');
    return (!from || compareLines(line, from) >= 0) && (!to || compareLines(line, to) <= 0);
  });
}

function compareLines(a: string, b: string): number {
  const [majorA, minorA] = a.split('.').map(Number);
  const [majorB, minorB] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

const lineOf = (version: string) => version.split('.').slice(0, 2).join('.');
const patchOf = (version: string) => Number.parseInt(version.split('.')[2], 10);

/** The patch that an option came with, when this version of its line is older. */
function laterPatch(version: string, option: ServerOption): string | undefined {
  const first = option.from?.split(' ').find((from) => lineOf(from) === lineOf(version));
  return first && patchOf(version) < patchOf(first) ? first : undefined;
}

/** The option of that canonical name, if this version of the line knows it. */
export function optionOn(line: string, version: string, name: string): ServerOption | undefined {
  const option = serverOption(name);
  return option && isAmong(line, option.in) && !laterPatch(version, option) ? option : undefined;
}

/** What `whyAbsent` must know of a release. */
interface Server {
  readonly line: string;
  readonly version: string;
  readonly product: string;
  readonly environmentPrefix: string;
}

/** Why a server lacks an option and what to do, for an error message. */
export function whyAbsent(of: Server, name: string, lines: string[]): { server: string; reason: string } {
  const server = `${of.product} ${of.line}`;
  const shown = (known: string) => `${known} (${of.environmentPrefix}_${environmentName(known)})`;
  const renamed = nameOn(of.line, name);
  if (renamed) return { server, reason: `the line calls it ${shown(renamed)}` };
  if (Object.hasOwn(REMOVED, name)) return { server, reason: `it is gone, since ${REMOVED[name]}; leave it out` };
  const option = serverOption(name);
  const patch = option && isAmong(of.line, option.in) && laterPatch(of.version, option);
  if (patch) {
    const reason = `it came with ${patch}; take that version or a later one, or leave it out`;
    return { server: `${of.product} ${of.version}`, reason };
  }
  if (option) {
    const others = lines.filter((line) => isAmong(line, option.in)).join(', ');
    return { server, reason: `it exists in ${others}; leave it out or choose another line` };
  }
  const nearest = nearestName(of.line, name);
  if (nearest) return { server, reason: `the nearest name is ${shown(nearest)}` };
  return { server, reason: 'no line knows it and the server would refuse to start; leave it out' };
}

/** What a line calls an option that it does not know by this name: follows renaming as far as needed. */
function nameOn(line: string, name: string): string | undefined {
  const plugin = name.replace(/^Plugins__/, '');
  for (let next = plugin === name ? successorOf(name) : plugin; next; next = successorOf(next)) {
    const option = serverOption(next);
    if (option && isAmong(line, option.in)) return next;
  }
  return undefined;
}

const successorOf = (name: string) => (Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined);

/** The name of the line that looks most like this one; undefined when none is near. */
function nearestName(line: string, name: string): string | undefined {
  const known = Object.keys(OPTIONS).filter((option) => !option.endsWith('*') && isAmong(line, OPTIONS[option].in));
  return nearest(name, known, fold);
}

/** `bool`, `int`, `string` …; `string` for an option that the table does not know. */
export function optionType(name: string): string {
  return serverOption(name)?.type ?? 'string';
}

/** Whether the value is a secret, which no manifest may hold. */
export function isSensitive(name: string): boolean {
  return serverOption(name)?.sensitive ?? false;
}
