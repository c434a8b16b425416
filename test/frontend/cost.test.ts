import { describe, expect, it } from 'vitest';
import { needs } from '../tools/tools';
import { Cluster } from './cluster';
import { costOf, median } from './cost';

const ROUNDS = 3;
const USERS = 40;
/** Processor time of a request that goes to a member, in times of one that nginx answers itself. */
const MOST = 5;

describe.skipIf(needs('nginx', 'k6'))('the cost of the front end', () => {
  it('is little processor time a request, and no more connections than users', {
    timeout: 60_000,
  }, async () => {
    const cluster = await Cluster.start();
    try {
      const measure = async (members: number[], env: Record<string, string>) => {
        const costs = [];
        for (let round = 0; round < ROUNDS; round++)
          costs.push(await costOf(cluster, members, { SECONDS: '3', ...env }));
        return { costs, microseconds: median(costs.map((cost) => cost.microseconds)) };
      };
      const own = await measure([], { READERS: `${USERS}`, WRITERS: '0', READ: '/healthz' });
      const { costs, microseconds } = await measure([1, 2, 3], { READERS: `${USERS / 2}`, WRITERS: `${USERS / 2}` });
      const ratio = microseconds / own.microseconds;
      console.info(
        `nginx: ${microseconds.toFixed(1)} us a request, ${ratio.toFixed(1)} times one that it answers itself, ` +
          `${Math.max(...costs.map(({ peak }) => peak))} connections a member`,
      );
      expect(ratio).toBeLessThanOrEqual(MOST);
      // the idle ones that each of the two workers keeps, and those in use
      expect(Math.max(...costs.map(({ peak }) => peak))).toBeLessThanOrEqual(2 * USERS + 20);
      // once warm, connections are used again and again
      expect(costs[ROUNDS - 1].accepted).toBeLessThan(2);
      expect(costs.every(({ readsFailed, writesFailed }) => readsFailed + writesFailed === 0)).toBe(true);
    } finally {
      await cluster.stop();
    }
  });
});
