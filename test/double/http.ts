import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Atom } from './atom';
import { keyOf } from './gossip';
import { asClientsSeeIt } from './gossip-page';
import { metrics } from './metrics';
import type { Node } from './node';
import { stats } from './stats';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  /** `http://host:port` as the client sees it */
  readonly outside: string;
}

type Handler = (exchange: Exchange) => unknown;

export function send(
  { request, response }: Exchange,
  status: number,
  type: string,
  body: string | Buffer,
  more = {},
): void {
  response.writeHead(status, {
    ...(type ? { 'content-type': `${type}; charset=utf-8` } : {}),
    'content-length': Buffer.byteLength(body),
    ...more,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

export function body(request: IncomingMessage): Promise<Buffer> {
  return new Promise((done, failed) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => done(parts.length === 1 ? parts[0] : Buffer.concat(parts)));
    request.on('error', failed);
  });
}

/** The one port of a member: its pages, its streams, and what other members say to it. */
export class Http {
  public readonly server: Server;
  public readonly served = new Map<string, number>();
  private readonly atom: Atom;
  private readonly connections = new Map<Socket, boolean>();
  private readonly routes: Record<string, Handler>;

  constructor(private readonly node: Node) {
    this.atom = new Atom(node);
    this.routes = {
      'GET /info': (exchange) => this.info(exchange),
      'GET /info/options': (exchange) => this.optionList(exchange),
      'GET /gossip': (exchange) => this.gossip(exchange),
      'GET /ping': (exchange) =>
        send(exchange, 200, 'application/json', JSON.stringify({ text: 'Ping request successfully handled' })),
      'GET /health/live': (exchange) => this.health(exchange),
      'GET /metrics': (exchange) => this.metrics(exchange),
      'GET /stats': (exchange) => send(exchange, 200, 'application/json', JSON.stringify(stats(node, this), null, 2)),
      'GET /double/stats': (exchange) =>
        send(exchange, 200, 'application/json', JSON.stringify(this.doubleStats(), null, 2)),
      'GET /': (exchange) => this.front(exchange),
      [`GET ${node.line.uiPath}`]: (exchange) => this.page(exchange),
      'GET /web/index.html': (exchange) => this.page(exchange),
      'POST /admin/node/resign': (exchange) => {
        node.resign();
        send(exchange, 200, '', '');
      },
      'POST /admin/shutdown': (exchange) => {
        send(exchange, 200, '', '');
        node.stop(0, 'Received shutdown request');
      },
      'POST /event_store.cluster.Gossip/Update': (exchange) => this.peerGossip(exchange),
    };
    this.server = createServer((request, response) => void this.handle(request, response));
    // Kestrel's own; a proxy that holds connections for less time never sees one end under a request
    this.server.keepAliveTimeout = 130_000;
    this.server.requestTimeout = 0;
    this.server.on('connection', (socket) => {
      this.connections.set(socket, false);
      socket.on('close', () => this.connections.delete(socket));
    });
  }

  /** Whether clients have connections open: then the server takes its time to end. Those of members do not count. */
  public get hasClients(): boolean {
    return [...this.connections.values()].some(Boolean);
  }

  public get connectionCount(): number {
    return this.connections.size;
  }

  public close(): void {
    this.server.close();
    for (const [socket, client] of this.connections) if (!client) socket.destroy();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET' } = request;
    const url = new URL(request.url ?? '/', 'http://member');
    const isPeer = url.pathname.startsWith('/event_store.cluster.');
    if (!isPeer) this.connections.set(request.socket, true);
    const exchange: Exchange = { request, response, method, url, outside: this.outside(request) };
    try {
      if (this.node.state === 'ShuttingDown') {
        response.setHeader('connection', 'close');
        if (isPeer) return void request.socket.destroy();
      }
      if (url.pathname.startsWith('/streams/')) return await this.atom.handle(exchange);
      if (url.pathname.startsWith('/event_store.cluster.Elections/')) return await this.peerElection(exchange);
      const route = this.routes[`${method === 'HEAD' ? 'GET' : method} ${url.pathname}`];
      if (!route) return send(exchange, 404, '', '');
      await route(exchange);
    } catch (error) {
      if (!response.headersSent) send(exchange, 500, 'text/plain', String(error));
    } finally {
      if (!isPeer) this.count(method, response.statusCode);
    }
  }

  /** The address in links: the advertised one for clients if there is one, and what a proxy says above all. */
  private outside(request: IncomingMessage): string {
    const { headers } = request;
    const text = (name: string) => (headers[name] as string | undefined)?.split(',')[0].trim();
    const { options } = this.node;
    const advertised = options.text('AdvertiseHostToClientAs');
    const own = advertised
      ? `${advertised}:${options.number('AdvertiseNodePortToClientAs') || options.number('NodePort')}`
      : headers.host;
    let host = text('x-forwarded-host') ?? own ?? keyOf(this.node.addresses.http);
    const port = text('x-forwarded-port');
    if (port) host = `${host.replace(/:\d+$/, '')}:${port}`;
    return `${text('x-forwarded-proto') ?? 'http'}://${host}${text('x-forwarded-prefix') ?? ''}`;
  }

  private count(method: string, status: number): void {
    const key = `${method} ${status}`;
    this.served.set(key, (this.served.get(key) ?? 0) + 1);
  }

  private info(exchange: Exchange): void {
    const { line, options, state } = this.node;
    const info = {
      dbVersion: line.version,
      esVersion: line.version,
      state: state.toLowerCase(),
      features: {
        projections: options.text('RunProjections') !== 'None',
        userManagement: !options.flag('Insecure'),
        atomPub: this.atom.enabled,
      },
      authentication: { type: options.flag('Insecure') ? 'insecure' : 'internal', properties: [] },
    };
    send(exchange, 200, 'application/json', JSON.stringify(info, null, 2));
  }

  private optionList(exchange: Exchange): void {
    const list = this.node.options.list().map(({ name, value }) => ({
      name,
      description: `The option ${name}.`,
      group: 'Options',
      value,
      possibleValues: null,
    }));
    send(exchange, 200, 'application/json', JSON.stringify(list, null, 2));
  }

  private gossip(exchange: Exchange): void {
    const { gossip, self } = { gossip: this.node.gossip, self: this.node.self() };
    const members = gossip.all().map(asClientsSeeIt);
    send(
      exchange,
      200,
      'application/json',
      JSON.stringify({ members, serverIp: self.client.host, serverPort: self.client.port }, null, 2),
    );
  }

  /** 204 with or without a quorum; only projections wait for one. */
  private health(exchange: Exchange): void {
    const { node } = this;
    const waits =
      node.options.text('RunProjections') !== 'None' &&
      !['Leader', 'Follower', 'ReadOnlyReplica'].some((state) => node.entered.has(state));
    const asked = node.line.name === '23.10' ? undefined : Number(exchange.url.searchParams.get('liveCode'));
    const status = node.state === 'ShuttingDown' || waits ? 503 : asked || 204;
    exchange.response.writeHead(status).end();
  }

  private metrics(exchange: Exchange): void {
    const open = exchange.request.headers.accept?.includes('application/openmetrics-text');
    const type = open ? 'application/openmetrics-text; version=1.0.0' : 'text/plain; version=0.0.4';
    send(exchange, 200, type, metrics(this.node, this));
  }

  private front(exchange: Exchange): void {
    const { headers } = exchange.request;
    const base = headers['x-forwarded-host'] ? exchange.outside : `http://${keyOf(this.node.self().client)}`;
    send(exchange, 302, '', '', { location: `${base}${this.node.line.uiPath}` });
  }

  private page(exchange: Exchange): void {
    const { line, state } = this.node;
    send(
      exchange,
      200,
      'text/html',
      `<!doctype html><title>${line.scope}</title><p>A double of ${line.scope} ${line.version}: ${state}\n`,
    );
  }

  private async peerGossip(exchange: Exchange): Promise<void> {
    const { from, members } = JSON.parse((await body(exchange.request)).toString());
    const since = performance.now();
    this.node.gossip.merge(members, from);
    this.node.gossip.processing.add((performance.now() - since) / 1000);
    send(
      exchange,
      200,
      'application/json',
      JSON.stringify({ from: this.node.addresses.http, members: this.node.gossip.all() }),
    );
  }

  private async peerElection(exchange: Exchange): Promise<void> {
    const message = JSON.parse((await body(exchange.request)).toString());
    exchange.response.writeHead(204).end();
    this.node.message(message);
  }

  private doubleStats(): object {
    const { acknowledged } = this.atom;
    return { version: this.node.line.version, state: this.node.state, acknowledged, planted: this.node.faults.victims };
  }
}
