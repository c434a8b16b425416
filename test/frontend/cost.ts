import { readFileSync } from 'node:fs';
import type { Cluster, LoadResult } from './cluster';
import { run } from './cluster';

/** What a load cost nginx. */
export interface Cost extends LoadResult {
  readonly requests: number;
  /** Processor time of nginx's workers per request, in microseconds. */
  readonly microseconds: number;
  /** The most connections that a member had open at a time. */
  readonly peak: number;
  /** Connections that all members accepted, per thousand requests. */
  readonly accepted: number;
}

/** Runs a load through the door and adds up what it cost. */
export async function costOf(cluster: Cluster, members: number[], env: Record<string, string>): Promise<Cost> {
  const states = () => Promise.all(members.map((member) => cluster.state(member)));
  const accepted = (of: { accepted: number }[]) => of.reduce((sum, state) => sum + state.accepted, 0);
  const before = { cpu: processorTime(cluster.workers()), accepted: accepted(await states()) };
  const seen = await cluster.load(env);
  const cpu = processorTime(cluster.workers()) - before.cpu;
  const after = await states();
  const requests = seen.reads + seen.writes;
  return {
    ...seen,
    requests,
    microseconds: (cpu * 1e6) / requests,
    peak: Math.max(...after.map((state) => state.peak)),
    accepted: ((accepted(after) - before.accepted) * 1000) / requests,
  };
}

/** Seconds of processor time, of the programs themselves and of the kernel for them. */
function processorTime(pids: number[]): number {
  const ticks = Number(run(['getconf', 'CLK_TCK']).stdout);
  const used = pids.map((pid) => {
    // the name may hold spaces, and ends with the last parenthesis
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  });
  return used.reduce((sum, seconds) => sum + seconds, 0);
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
