import { randomUUID } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, connections } from './http';
import type { Ledger, LoadOptions, LoadSummary } from './shapes';

/** The load ends early when this file appears: whoever watches cannot signal a process in another container. */
export const STOP = '/tmp/stop';
/** Appears with the first acknowledged write. */
export const BEGUN = '/tmp/begun';

/**
 * Writers that append one event after the other, each to a stream of its own, and readers of what was acknowledged.
 * Every append carries an event id and the expected version, so it may be sent again until it is acknowledged, and is
 * stored once. A worker goes to the next address when one fails it.
 */
export async function load(options: LoadOptions): Promise<LoadSummary> {
  for (const file of [STOP, BEGUN]) rmSync(file, { force: true });
  const began = performance.now();
  const until = began + options.seconds * 1000;
  const ledger: Ledger = {};
  const acknowledged: number[] = [];
  const slow: { at: number; ms: number; what: string }[] = [];
  const counts = { refused: 0, unknown: 0, reads: 0, readsFailed: 0, longestRead: 0, stale: 0 };
  const failures: Record<string, number> = {};
  const over = () => performance.now() >= until || existsSync(STOP);
  const fail = (what: string) => {
    failures[what] = (failures[what] ?? 0) + 1;
  };

  async function writer(number: number): Promise<void> {
    const agent = connections();
    const stream = `${options.prefix}-${number}`;
    let target = number;
    let next = 0;
    while (!over()) {
      const id = randomUUID();
      let tries = 0;
      for (;;) {
        const sent = performance.now();
        const { status, error } = await ask(
          `${options.targets[target % options.targets.length]}/streams/${stream}`,
          {
            method: 'POST',
            timeoutMs: options.timeoutMs,
            headers: {
              'content-type': 'application/json',
              'es-eventid': id,
              'es-eventtype': 'tested',
              'es-expectedversion': String(next - 1),
            },
            body: JSON.stringify({ id }),
          },
          agent,
        );
        if (status === 201) {
          if (acknowledged.length === 0) writeFileSync(BEGUN, '');
          acknowledged.push(performance.now());
          if (tries > 0 || performance.now() - sent > 500)
            slow.push({ at: (sent - began) / 1000, ms: performance.now() - sent, what: `acknowledged, try ${tries}` });
          ledger[stream] ??= [];
          ledger[stream][next++] = id;
          break;
        }
        tries++;
        // an answer below 500 is a refusal; all else may or may not have been stored
        if (status >= 400 && status < 500) counts.refused++;
        else counts.unknown++;
        fail(`append ${status || error}`);
        slow.push({ at: (sent - began) / 1000, ms: performance.now() - sent, what: `append ${status || error}` });
        target++;
        if (over()) return;
        await sleep(20);
      }
      await sleep(options.pauseMs);
    }
  }

  async function reader(number: number): Promise<void> {
    const agent = connections();
    let target = number;
    while (!over()) {
      const streams = Object.entries(ledger);
      const [stream, ids] = streams[Math.floor(Math.random() * streams.length)] ?? [];
      if (!stream || !ids) {
        await sleep(50);
        continue;
      }
      const event = Math.floor(Math.random() * ids.length);
      const { status, error, ms, body } = await ask(
        `${options.targets[target % options.targets.length]}/streams/${stream}/${event}`,
        { timeoutMs: options.readTimeoutMs, headers: { accept: 'application/json' } },
        agent,
      );
      counts.reads++;
      counts.longestRead = Math.max(counts.longestRead, ms);
      // a follower reads from its own data, which may lack what was acknowledged a moment ago: known, and not a failure
      if (status === 404) counts.stale++;
      else if (status !== 200 || JSON.parse(body).id !== ids[event]) {
        counts.readsFailed++;
        fail(`read ${status || error}`);
        target++;
      }
      await sleep(options.pauseMs);
    }
  }

  await Promise.all([
    ...Array.from({ length: options.writers }, (_, i) => writer(i)),
    ...Array.from({ length: options.readers }, (_, i) => reader(i)),
  ]);
  return { ...counts, ...longestGap(acknowledged, began), acknowledged: acknowledged.length, failures, slow, ledger };
}

/** The longest time in which no write was acknowledged, in seconds, and when it began. The first one starts the clock. */
function longestGap(times: number[], began: number) {
  let gap = 0;
  let gapAt = 0;
  times.sort((a, b) => a - b);
  for (let i = 1; i < times.length; i++) {
    const length = times[i] - times[i - 1];
    if (length > gap) [gap, gapAt] = [length, times[i - 1] - began];
  }
  return { gap: gap / 1000, gapAt: gapAt / 1000 };
}
