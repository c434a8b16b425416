import type { BenchmarkOptions } from '../../charts/options';
import { EventStoreError } from '../../lib/errors';
import { nearest } from '../../lib/nearest';

type Kill = NonNullable<BenchmarkOptions['kills']>[number];

/** What stands behind each key of `--benchmark`. */
const KEYS: Record<keyof BenchmarkOptions, (text: string, cluster: string) => unknown> = {
  users: whole,
  rate: whole,
  duration: time,
  warmup: time,
  generators: whole,
  events: whole,
  retries: whole,
  timeout: time,
  door: (text) => choice(text, ['frontend', 'service', 'leader']),
  reads: (text) => choice(text, ['any', 'leader']),
  results: (text) => (text.startsWith('claim:') ? { claim: text.slice(6) } : choice(text, ['pod', 'log'])),
  variant: (text) => text,
  kills: (text, cluster) => text.split('+').map((kill) => killOf(kill, cluster)),
};

/** Reads `users=100,duration=5m,kills=1m+3m18s`. Throws ES540; whether the numbers fit, the library says. */
export function parsePlan(text: string, cluster: string): BenchmarkOptions {
  const options: Record<string, unknown> = {};
  for (const part of text.split(',')) {
    const [, key, value] = /^\s*([a-z]+)=(.+?)\s*$/.exec(part) ?? [];
    if (!key) throw wrong(`key=value, e.g. users=100,duration=5m, got ${JSON.stringify(part)}`);
    const read = KEYS[key as keyof BenchmarkOptions];
    if (!read || !Object.hasOwn(KEYS, key)) {
      const meant = nearest(key, Object.keys(KEYS));
      throw wrong(`made of ${Object.keys(KEYS).join(', ')}, got ${key}${meant ? `: did you mean ${meant}` : ''}`);
    }
    if (key in options) throw wrong(`made of different keys, got ${key} twice`);
    try {
      options[key] = read(value, cluster);
    } catch (error) {
      throw wrong(`made of values that count: ${key} ${(error as Error).message}, got ${JSON.stringify(value)}`);
    }
  }
  return options;
}

/** `1m`, `3m18s:leader`, `90s:es-2`. */
function killOf(text: string, cluster: string): Kill {
  const [at, victim, ...more] = text.split(':');
  const ordinal = victim?.startsWith(`${cluster}-`) ? victim.slice(cluster.length + 1) : '';
  if (more.length > 0 || (victim && !['leader', 'follower'].includes(victim) && !/^[1-9]\d*$/.test(ordinal))) {
    throw new Error(`must be times like 1m+3m18s, with leader, follower or a member like ${cluster}-1 behind a colon`);
  }
  return { at: time(at), ...(victim && { victim: ordinal ? Number(ordinal) : (victim as 'leader' | 'follower') }) };
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error('must be a whole number');
  return Number(text);
}

/** Seconds, from `90s`, `5m`, `3m18s`, `1h`. */
export function time(text: string): number {
  const [, hours, minutes, seconds] = /^(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?$/.exec(text) ?? [];
  if ((hours ?? minutes ?? seconds) === undefined) throw new Error('must be a time like 90s, 5m or 3m18s');
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
}

function choice(text: string, choices: readonly string[]): string {
  if (!choices.includes(text)) throw new Error(`must be one of ${choices.join(', ')}`);
  return text;
}

function wrong(what: string): EventStoreError {
  return new EventStoreError('ES540', `--benchmark must be ${what}`);
}
