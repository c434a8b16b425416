import type { Node } from './node';

export function stats(node: Node): object {
  return { proc: { startTime: new Date(node.started).toISOString(), id: process.pid, mem: process.memoryUsage.rss() } };
}
