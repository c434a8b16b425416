import { readFileSync } from 'node:fs';
import { EventStoreError } from '../../../lib/errors';
import { duration } from './text-summary';

/** What a run was told to do, from its `run.json`. Times in seconds. */
export interface Settings {
  readonly mode: 'closed' | 'open';
  readonly users?: number;
  /** iterations a second */
  readonly rate?: number;
  readonly warmup?: number;
  readonly duration?: number;
  readonly generators?: number;
  /** when the measured part begins and ends, in ms since 1970 */
  readonly main?: number;
  readonly end?: number;
  /** seconds after the measured part's begin */
  readonly kills: readonly number[];
  /** all that must be the same in runs that repeat each other, as text */
  readonly same: Readonly<Record<string, string>>;
}

/** What may differ between repetitions, and what says the same as a field above. */
const OWN = new Set(['variant', 'url', 'members', 'peers', 'run', 'start', 'main', 'end', 'kills', 'schedule']);

export function readSettings(path: string): Settings {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw unusable(path, (error as Error).message);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unusable(path, 'no object');
  const seconds = (name: string) => secondsOf(path, name, json[name]);
  const count = (name: string) => countOf(path, name, json[name]);
  const mode = json.mode ?? (json.rate === undefined ? 'closed' : 'open');
  if (mode !== 'closed' && mode !== 'open') throw unusable(path, `mode is neither closed nor open but ${json.mode}`);
  const same = Object.entries(json)
    .filter(([name, value]) => !OWN.has(name) && value !== null && typeof value !== 'object')
    .map(([name, value]): [string, string] => [name, String(value)]);
  return {
    mode,
    users: count('users'),
    rate: count('rate'),
    warmup: seconds('warmup'),
    duration: seconds('duration'),
    generators: count('generators'),
    main: instant(path, 'main', json.main),
    end: instant(path, 'end', json.end),
    kills: schedule(path, json.kills ?? json.schedule),
    same: Object.fromEntries(same),
  };
}

function unusable(path: string, what: string): EventStoreError {
  return new EventStoreError('ES524', `run.json must hold a run's settings, got ${path}: ${what.replace(/\s+/g, ' ')}`);
}

function countOf(path: string, name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !(value >= 0))
    throw unusable(path, `${name} is no number but ${JSON.stringify(value)}`);
  return value;
}

function secondsOf(path: string, name: string, value: unknown): number | undefined {
  if (typeof value !== 'string') return countOf(path, name, value);
  const milliseconds = duration(value);
  if (milliseconds === undefined) throw unusable(path, `${name} is no time but ${JSON.stringify(value)}`);
  return milliseconds / 1000;
}

function instant(path: string, name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const time = Date.parse(String(value));
  if (Number.isNaN(time)) throw unusable(path, `${name} is no time but ${JSON.stringify(value)}`);
  return time;
}

/** `[{"at":60,…}]`, `["1m","3m18s"]`, or `"1m,3m18s"`. */
function schedule(path: string, value: unknown): number[] {
  const items = typeof value === 'string' ? value.split(/[,+ ]+/).filter(Boolean) : (value ?? []);
  if (!Array.isArray(items)) throw unusable(path, `kills are no list but ${JSON.stringify(value)}`);
  return items.map((item) => {
    const at = typeof item === 'object' && item !== null ? ((item as { at?: unknown }).at ?? null) : item;
    const seconds = secondsOf(path, 'kills', at);
    if (seconds === undefined) throw unusable(path, `a kill has no time: ${JSON.stringify(item)}`);
    return seconds;
  });
}
