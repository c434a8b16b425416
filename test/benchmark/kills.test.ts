import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../tools/tools';
import { Kubernetes } from './kubernetes';
import { Pod } from './pod';
import type { Point } from './results';

describe.skipIf(needs('k6'))('the killer', { timeout: 90_000 }, () => {
  let folder: string;
  let kubernetes: Kubernetes;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kills-'));
    writeFileSync(join(folder, 'token'), 'secret\n');
    kubernetes = await new Kubernetes().start();
  });
  afterEach(() => {
    kubernetes.stop();
    rmSync(folder, { recursive: true });
  });

  async function kill(kills: { at: number; victim: string }[], marks?: string) {
    const warmup = 1;
    const start = Date.now() + 3000;
    const { members, api } = kubernetes;
    const environment = { TOKEN_FILE: join(folder, 'token'), START_AT: String(start) };
    const pod = new Pod(folder, environment, { members, namespace: 'shop', api, peers: '', warmup, marks, kills });
    const { code, stdout } = await pod.killer().ended;
    const lines = stdout.toString().split('\n');
    const points: Point[] = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    return { code, points, main: start + warmup * 1000, text: stdout.toString() };
  }

  it('deletes a follower, then the leader, at their times in the measured part, and sees them return', async () => {
    const { code, points, main } = await kill([
      { at: 1, victim: 'follower' },
      { at: 4, victim: 'leader' },
    ]);
    expect(code).toBe(0);
    expect(kubernetes.deleted.map(({ pod }) => pod)).toEqual(['es-1', 'es-2']);
    const seconds = kubernetes.deleted.map(({ at }) => (at - main) / 1000);
    expect(seconds[0]).toBeCloseTo(1, 0);
    expect(seconds[1]).toBeCloseTo(4, 0);
    expect(points.map(({ metric, data }) => [metric, data.tags.pod, data.tags.role])).toEqual([
      ['kill_plan', undefined, undefined],
      ['kill_plan', undefined, undefined],
      ...['kill', 'kill_gone', 'kill_ready'].map((metric) => [metric, 'es-1', 'follower']),
      ...['kill', 'kill_gone', 'kill_ready'].map((metric) => [metric, 'es-2', 'leader']),
    ]);
    const kills = points.filter(({ metric }) => metric === 'kill');
    kills.forEach(({ data }, i) => {
      expect(Math.abs(Date.parse(data.time) - kubernetes.deleted[i].at)).toBeLessThan(500);
    });
    const { gone, ready } = kubernetes.restart;
    for (const { data } of points.filter(({ metric }) => metric === 'kill_ready')) {
      expect(data.value).toBeGreaterThan((gone + ready) / 1000);
      expect(data.value).toBeLessThan((gone + ready) / 1000 + 2);
    }
    expect(kubernetes.refused).toEqual([]);
  });

  it('goes on to the next victim while the first is still away', async () => {
    kubernetes.restart = { gone: 400, ready: 6000 };
    const { code, points } = await kill([
      { at: 0, victim: 'es-3' },
      { at: 2, victim: 'leader' },
    ]);
    expect(code).toBe(0);
    const order = points
      .filter(({ metric }) => metric !== 'kill_plan')
      .map(({ metric, data }) => `${metric} ${data.tags.pod}`);
    expect(order).toEqual([
      ...['kill es-3', 'kill_gone es-3', 'kill es-2', 'kill_gone es-2', 'kill_ready es-3', 'kill_ready es-2'],
    ]);
  });

  it('waits for the role that it was told, while nobody leads', async () => {
    kubernetes.states['es-2'] = 'unknown';
    setTimeout(() => {
      kubernetes.states['es-3'] = 'leader';
    }, 6000);
    const { code } = await kill([{ at: 0, victim: 'leader' }]);
    expect(code).toBe(0);
    expect(kubernetes.deleted.map(({ pod }) => pod)).toEqual(['es-3']);
  });

  it('says why it could not, and ends with an error', async () => {
    writeFileSync(join(folder, 'token'), 'wrong');
    const { code, points } = await kill([{ at: 0, victim: 'es-1' }]);
    expect(code).toBe(110);
    const failed = points.find(({ metric }) => metric === 'kill_failed');
    expect(failed?.data.tags.reason).toBe('DELETE of pod es-1 was answered 403');
    expect(kubernetes.deleted).toEqual([]);
  });

  it('measures and ends as it would without, when InfluxDB takes the connection and never answers', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening));
    const { port } = mute.address() as AddressInfo;
    const { code, points, text } = await kill([{ at: 0, victim: 'es-1' }], `http://127.0.0.1:${port}/write?db=k8s`);
    mute.closeAllConnections();
    mute.close();
    expect(code).toBe(0);
    const { gone, ready } = kubernetes.restart;
    const [{ data: there }] = points.filter(({ metric }) => metric === 'kill_ready');
    expect(there.value).toBeLessThan((gone + ready) / 1000 + 2);
    expect(text).toContain('the kill of es-1 is not in InfluxDB: ');
  });
});
