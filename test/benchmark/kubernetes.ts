import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands in for three members and for the part of Kubernetes' API that the killer may use. */
export class Kubernetes {
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
