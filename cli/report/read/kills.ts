import { statSync } from 'node:fs';
import type { EventStoreError } from '../../../lib/errors';
import type { Kill } from '../figures/run-data';
import { readPoints } from './json-points';

const METRICS = ['kill', 'kill_ready', 'kill_gone', 'kill_failed'];

/** What the killer wrote. */
export interface Kills {
  /** in the order of time */
  readonly done: Kill[];
  /** why others were not */
  readonly failed: string[];
}

/** Each deletion, and when the pod was Ready again. */
export async function readKills(path: string): Promise<Kills> {
  const done: { time: number; pod: string; role?: string; readyAfter?: number }[] = [];
  const failed: string[] = [];
  const ready: { time: number; value: number; pod: string; early: EventStoreError }[] = [];
  if (statSync(path).size === 0) return { done, failed }; // a killer that did not come to its first one
  await readPoints(path, {
    metrics: METRICS,
    metadata: true,
    onPoint({ metric, time, value, set }, wrong) {
      const { pod, role, reason, schedule } = set.tags;
      const name = METRICS[metric];
      if (name === 'kill_failed') {
        failed.push(`${schedule ? `at ${schedule}: ` : ''}${reason ?? 'for no reason that is known'}`);
        return;
      }
      if (!pod) throw wrong(`a ${name} without its pod`);
      if (name === 'kill') done.push({ time, pod, role });
      if (name === 'kill_ready') ready.push({ time, value, pod, early: wrong(`${pod} became Ready without a kill`) });
    },
  });
  done.sort((a, b) => a.time - b.time);
  for (const { time, value, pod, early } of ready) {
    const kill = done.filter((one) => one.pod === pod && one.time <= time).at(-1);
    if (!kill) throw early;
    kill.readyAfter = value;
  }
  return { done, failed };
}
