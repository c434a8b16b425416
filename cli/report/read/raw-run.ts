import { EventStoreError } from '../../../lib/errors';
import { RunData } from '../figures/run-data';
import { readAudit } from './audit';
import type { RunFiles } from './inputs';
import { readPoints } from './json-points';
import { type Kills, readKills } from './kills';
import { type Handler, METRICS, type Shard } from './metrics';
import { readSettings, type Settings } from './settings';

const NAMES = Object.keys(METRICS);
const MAKERS = Object.values(METRICS);
/** Each of their points is one append. */
const APPENDS = NAMES.map((name) => ['es_acked', 'es_refused', 'es_indeterminate'].includes(name));
/** A run of more than two days would take too much memory, and is none. */
const LONGEST = 48 * 3_600_000;
/** Generators that start further apart are not of one run. */
const SAME_START = 60_000;

/** A run's raw results, its kills and its audit. */
export async function readRawRun(files: RunFiles, onBytes: (bytes: number) => void): Promise<RunData> {
  const settings: Settings = files.settings ? readSettings(files.settings) : { mode: 'closed', kills: [], same: {} };
  if (settings.generators !== undefined && settings.generators !== files.shards.length) {
    throw mixed(
      files.shards[0],
      `${files.shards.length} beside ${files.settings}, which says that there were ${settings.generators} generators`,
    );
  }
  const kills: Kills = files.kills ? await readKills(files.kills) : { done: [], failed: [] };
  const run = new RunData(files.name, settings, kills.done, kills.failed);
  const shards: Shard[] = [];
  const span: Span = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
  for (const path of files.shards) {
    const shard = await readShard(path, run, span, (bytes) => {
      run.bytes += bytes;
      onBytes(bytes);
    });
    requireSameRun(shards[0] ?? shard, shard);
    shards.push(shard);
    run.users += shard.users;
    run.ends.push(shard.last);
    if (shard.start !== undefined) run.starts.push(shard.start);
  }
  run.ledger = await readAudit(files.audit, run.whole);
  return run;
}

/** Of all points of a run, in ms since 1970. */
interface Span {
  first: number;
  last: number;
}

async function readShard(path: string, run: RunData, span: Span, onBytes: (bytes: number) => void): Promise<Shard> {
  const shard: Shard = {
    path,
    users: 0,
    busy: 0,
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    scenarios: new Set(),
  };
  const reader = {
    metrics: NAMES,
    onPoint(point: Parameters<Handler>[1], wrong: (what: string) => EventStoreError) {
      const { metric, time, value, set } = point;
      if (time < shard.first) shard.first = time;
      if (time > shard.last) shard.last = time;
      if (time < span.first) span.first = time;
      if (time > span.last) span.last = time;
      if (span.last - span.first > LONGEST) {
        throw wrong(`${iso(time)} is more than 48 h from other points of the run: results of two runs are mixed`);
      }
      let handler = set.handlers[metric] as Handler | undefined;
      if (!handler) {
        handler = MAKERS[metric](set.tags);
        set.handlers[metric] = handler;
        if (set.tags.scenario !== undefined) shard.scenarios.add(set.tags.scenario);
      }
      // anything else would falsify the ledger
      if (APPENDS[metric] && value !== 1) throw wrong(`${NAMES[metric]} counts single appends, not ${value}`);
      handler(run, point, shard);
    },
  };
  run.lines += (await readPoints(path, reader, onBytes)).lines;
  return shard;
}

/** Files of one run have generators of one load, at one time. */
function requireSameRun(a: Shard, b: Shard): void {
  const [x, y] = [a, b].map(({ scenarios }) => [...scenarios].sort().join(', '));
  if (x !== y) throw mixed(b.path, `one with the scenarios ${y || 'none'} beside ${a.path} with ${x || 'none'}`);
  const start = (shard: Shard) => shard.start ?? shard.first;
  const apart = Math.abs(start(a) - start(b)) > SAME_START && (a.start !== undefined || b.start !== undefined);
  if (apart || a.first > b.last || b.first > a.last) {
    throw mixed(b.path, `one that began at ${iso(start(b))} beside ${a.path}, which began at ${iso(start(a))}`);
  }
}

function iso(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString() : 'no time';
}

function mixed(path: string, what: string): EventStoreError {
  return new EventStoreError(
    'ES525',
    `a run's folder must hold one file of results a generator, all of the same run, got ${path}:1: ${what}; fetch what is missing, or give each run a folder of its own`,
  );
}
