import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import facts from '../facts/options.json';
import type { Line } from './line';

/** The server refuses to start: its last words, and how it ends. */
export class Refusal extends Error {
  constructor(
    public readonly lines: string[],
    public readonly signal?: NodeJS.Signals,
  ) {
    super(lines.join('\n'));
  }
}

interface Fact {
  readonly env: string;
  readonly lines: string[];
  readonly type: string;
  readonly default: unknown;
}

/** What an option may say, by type; other types take any text. An empty value is no value of any of these. */
const TYPES: Record<string, { parse: (text: string) => unknown; name: string }> = {
  int: { parse: whole, name: 'System.Int32' },
  long: { parse: whole, name: 'System.Int64' },
  double: { parse: (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined), name: 'System.Double' },
  bool: { parse: (text) => ({ true: true, false: false })[text.toLowerCase()], name: 'System.Boolean' },
  IPAddress: { parse: (text) => (isIP(text) ? text : undefined), name: 'System.Net.IPAddress' },
  'EndPoint[]': { parse: endPoints, name: 'System.Net.EndPoint[]' },
  LogConsoleFormat: { parse: oneOf('Plain', 'Json'), name: 'LogConsoleFormat' },
  LogLevel: {
    parse: oneOf('Default', 'Verbose', 'Debug', 'Information', 'Warning', 'Error', 'Fatal'),
    name: 'LogLevel',
  },
  ProjectionType: { parse: oneOf('None', 'System', 'All'), name: 'ProjectionType' },
  StatsStorage: { parse: oneOf('None', 'Stream', 'File', 'StreamAndFile'), name: 'StatsStorage' },
};

function whole(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function oneOf(...values: string[]): (text: string) => string | undefined {
  return (text) => values.find((value) => value.toLowerCase() === text.toLowerCase());
}

/** Defaults that the source computes. */
const COMPUTED: Record<string, unknown> = {
  ChunkSize: 256 << 20,
  MaxTruncation: 256 << 20,
  LogConsoleFormat: 'Plain',
  RunProjections: 'None',
};

export interface Address {
  readonly host: string;
  readonly port: number;
}

function endPoints(text: string): Address[] | undefined {
  const parts = text.split(',').map((part) => /^([^:;\s]+):(\d+)$/.exec(part.trim()));
  return parts.every(Boolean) ? parts.map((part) => ({ host: part![1], port: Number(part![2]) })) : undefined;
}

/** The options that a server of this line runs with. */
export class Options {
  private readonly values = new Map<string, unknown>();
  private readonly known: Map<string, Fact>;

  constructor(
    private readonly line: Line,
    args: string[],
    environment: NodeJS.ProcessEnv,
  ) {
    const all = Object.entries(facts.options as Record<string, Fact>);
    this.known = new Map(all.filter(([, fact]) => fact.lines.includes(line.name)));
    const given = new Map([
      ...this.fromFile(args, environment),
      ...this.fromEnvironment(environment),
      ...fromArguments(args),
    ]);
    const byKey = new Map([...this.known.keys()].map((name) => [name.toLowerCase(), name]));
    const unknown: string[] = [];
    for (const [name, text] of given) {
      const option = byKey.get(name.toLowerCase());
      if (option) this.values.set(option, this.convert(option, text));
      else if (!/[:_]/.test(name)) unknown.push(name);
    }
    if (unknown.length > 0 && !this.flag('AllowUnknownOptions')) {
      throw new Refusal([
        ...unknown.map((name) => `The option ${name} is not a known option.${this.suggestion(name)}`),
        'Found unknown options. To continue anyway, set AllowUnknownOptions to true.',
      ]);
    }
  }

  public text(name: string): string | undefined {
    return this.get(name) as string | undefined;
  }

  public number(name: string): number {
    const value = Number(this.get(name));
    if (Number.isNaN(value)) throw new Error(`the double does not know the default of ${name}`);
    return value;
  }

  public flag(name: string): boolean {
    return this.get(name) === true;
  }

  public get seeds(): Address[] {
    return (this.values.get('GossipSeed') as Address[]) ?? [];
  }

  /** Every option with its value, as /info/options lists them. */
  public list(): { name: string; value: string }[] {
    return [...this.known.keys()].map((name) => ({ name, value: shown(this.get(name), /password/i.test(name)) }));
  }

  private get(name: string): unknown {
    return this.values.get(name) ?? COMPUTED[name] ?? this.standard(name);
  }

  /** What the line's source gives it; one that the source computes, and that this double does not need, has none. */
  private standard(name: string): unknown {
    let value = this.known.get(name)?.default;
    if (value && typeof value === 'object') value = (value as Record<string, unknown>)[this.line.name];
    return typeof value === 'string' && value.startsWith('source:') ? undefined : value;
  }

  private convert(name: string, text: string): unknown {
    const type = TYPES[this.known.get(name)?.type ?? ''];
    if (!type) return text;
    const value = type.parse(text);
    if (value !== undefined) return value;
    throw new Refusal([`Failed to convert configuration value '${text}' at '${name}' to type '${type.name}'.`]);
  }

  private fromEnvironment(environment: NodeJS.ProcessEnv): [string, string][] {
    return this.line.prefixes.flatMap((prefix) =>
      Object.entries(environment)
        .filter(([key]) => key.toUpperCase().startsWith(prefix))
        .map(([key, value]): [string, string] => [camel(key.slice(prefix.length)), value ?? '']),
    );
  }

  /** A flat `Name: value` file; the real server reads all of YAML and JSON. */
  private fromFile(args: string[], environment: NodeJS.ProcessEnv): [string, string][] {
    const before = new Map([...this.fromEnvironment(environment), ...fromArguments(args)]);
    const named = before.get('Config') ?? before.get('config');
    const file = named ?? this.line.configFile;
    if (!existsSync(file)) {
      if (named) throw new Refusal([`Could not find file '${file}'.`], 'SIGABRT');
      return [];
    }
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .map((row) => row.replace(/(^|\s)#.*|^---$/, '').trim());
    return lines.filter(Boolean).map((row): [string, string] => {
      const [, name, value] = /^([A-Za-z][\w:]*)\s*:(?:\s+(.*))?$/.exec(row) ?? [];
      if (!name)
        throw new Refusal(
          [`(Line: ${lines.indexOf(row) + 1}): While parsing a block mapping, did not find expected key.`],
          'SIGABRT',
        );
      return [name, (value ?? '').replace(/^(['"])(.*)\1$/, '$2')];
    });
  }

  /** How far a name may be from the one suggested was not measured: half its length here. */
  private suggestion(name: string): string {
    const far = [...this.known.keys()].map((known): [number, string] => [distance(name, known), known]);
    const [distanceToIt, near] = far.reduce((best, next) => (next[0] < best[0] ? next : best));
    return distanceToIt <= Math.max(3, name.length / 2) ? ` Did you mean ${near}?` : '';
  }
}

/** CLUSTER_SIZE is ClusterSize; a double underscore stays one, as a mark of nesting. */
function camel(key: string): string {
  return key
    .split('__')
    .map((part) =>
      part
        .split('_')
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
        .join(''),
    )
    .join('__');
}

function fromArguments(args: string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(args[i]) ?? [];
    if (!name) throw new Refusal([`The option ${args[i]} is not a known option.`]);
    const next = args[i + 1];
    const camelName = name.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());
    if (value !== undefined) found.push([camelName, value]);
    else if (next === undefined || next.startsWith('--')) found.push([camelName, 'true']);
    else found.push([camelName, args[++i]]);
  }
  return found;
}

function shown(value: unknown, secret: boolean): string {
  if (secret && value) return '****';
  if (Array.isArray(value)) return value.map(({ host, port }) => `${host}:${port}`).join(',');
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === undefined || value === null ? '' : String(value);
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1].toLowerCase() === b[j - 1].toLowerCase() ? 0 : 1;
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + change));
    }
    row = next;
  }
  return row[b.length];
}
