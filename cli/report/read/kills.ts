import type { Kill } from '../figures/run-data';
import { type Point, readPoints } from './json-points';
import { damaged } from './lines';

const METRICS = ['kill', 'kill_ready', 'kill_gone'];

/** What the killer wrote: each deletion, and when the pod was Ready again. In the order of time. */
export async function readKills(path: string): Promise<Kill[]> {
  const kills: { time: number; pod: string; role?: string; readyAfter?: number }[] = [];
  const ready: { point: Point; where: string }[] = [];
  await readPoints(path, {
    metrics: METRICS,
    metadata: true,
    onPoint(point, where) {
      const { pod, role } = point.set.tags;
      if (!pod) throw damaged(path, Number(where().split(':').at(-1)), 'a kill without its pod');
      if (METRICS[point.metric] === 'kill') kills.push({ time: point.time, pod, role });
      if (METRICS[point.metric] === 'kill_ready') ready.push({ point, where: where() });
    },
  });
  kills.sort((a, b) => a.time - b.time);
  for (const { point, where } of ready) {
    const kill = kills.filter(({ pod, time }) => pod === point.set.tags.pod && time <= point.time).at(-1);
    if (!kill)
      throw damaged(path, Number(where.split(':').at(-1)), `${point.set.tags.pod} became Ready without a kill`);
    kill.readyAfter = point.value;
  }
  return kills;
}
