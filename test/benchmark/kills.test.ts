import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../tools/tools';
import { Pod } from './pod';
import type { Point } from './results';

/** Stands in for three members and for the part of Kubernetes' API that the killer may use. */
class Kubernetes {
  public readonly deleted: { pod: string; at: number }[] = [];
  public readonly refused: string[] = [];
  /** ms from a pod's end to its successor, and on to that being Ready */
  public restart = { gone: 400, ready: 800 };
  public states: Record<string, string> = { 'es-1': 'follower', 'es-2': 'leader', 'es-3': 'follower' };
  public readonly members: Record<string, string> = {};
  public api = '';
  private readonly servers: Server[] = [];

  public async start(): Promise<this> {
    for (const name of Object.keys(this.states)) {
      this.members[name] = await this.listen((_, send) => send(200, { state: this.states[name], esVersion: '26.0.3' }));
    }
    this.api = await this.listen((request, send) => {
      const pod = /^\/api\/v1\/namespaces\/shop\/pods\/(es-\d)$/.exec(request.url)?.[1];
      if (request.authorization !== 'Bearer secret' || !pod || !['GET', 'DELETE'].includes(request.method)) {
        this.refused.push(`${request.method} ${request.url}`);
        return send(403, {});
      }
      if (request.method === 'DELETE') {
        // the pod that is deleted, as the API does it
        const uid = `${pod}-${this.deleted.filter((one) => one.pod === pod).length}`;
        this.delete(pod);
        return send(200, { metadata: { uid, deletionTimestamp: new Date().toISOString() }, status: {} });
      }
      const kill = this.deleted.filter((one) => one.pod === pod).at(-1);
      const since = kill ? Date.now() - kill.at : Number.POSITIVE_INFINITY;
      const uid =
        since > this.restart.gone ? `${pod}-${this.deleted.filter((one) => one.pod === pod).length}` : `${pod}-0`;
      // the old one is Ready to its end
      const ready = since < this.restart.gone || since > this.restart.gone + this.restart.ready;
      return send(200, {
        metadata: { uid },
        status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
      });
    });
    return this;
  }

  public stop(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  private delete(pod: string): void {
    this.deleted.push({ pod, at: Date.now() });
    if (this.states[pod] !== 'leader') return;
    this.states[pod] = 'unknown';
    setTimeout(() => {
      this.states['es-1'] = 'leader';
      this.states[pod] = 'follower';
    }, 500);
  }

  private listen(
    answer: (
      request: { method: string; url: string; authorization?: string },
      send: (status: number, body: object) => void,
    ) => void,
  ): Promise<string> {
    const server = createServer((request, response) => {
      request.resume();
      answer(
        { method: request.method!, url: request.url!, authorization: request.headers.authorization },
        (status, body) => response.writeHead(status).end(JSON.stringify(body)),
      );
    });
    this.servers.push(server);
    return new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    );
  }
}

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

  async function kill(kills: { at: number; victim: string }[], warmup = 1) {
    const start = Date.now() + 3000;
    const { members, api } = kubernetes;
    const environment = { TOKEN_FILE: join(folder, 'token'), START_AT: String(start) };
    const pod = new Pod(folder, environment, { members, namespace: 'shop', api, peers: '', warmup, kills });
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
});
