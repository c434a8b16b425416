import { randomUUID } from 'node:crypto';
import type { Append, Result } from './database';
import { entryOf, eventOf, type Feed, feedOf } from './feed';
import { body, type Exchange, send } from './http';
import type { Node } from './node';
import type { StoredEvent } from './store';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PAGE = 20;
const FOREVER = { 'cache-control': 'max-age=31536000, public' };
const NEVER = { 'cache-control': 'max-age=0, no-cache, must-revalidate' };

/** Streams over HTTP. XML, competing consumers, links between streams and $all are left out. */
export class Atom {
  public readonly enabled: boolean;
  /** what was answered 201 here */
  public readonly acknowledged = { requests: 0, events: 0, retries: 0 };
  private readonly maxBytes: number;
  private readonly families: string[];

  constructor(private readonly node: Node) {
    const { options, line } = node;
    this.enabled = options.flag('EnableAtomPubOverHttp') || options.flag('Dev');
    this.families = line.isKurrent ? ['kurrent', 'eventstore'] : ['eventstore'];
    const max = Number(options.text('MaxAppendSize') ?? (line.isKurrent ? 256 << 20 : 1 << 20));
    this.maxBytes = line.isKurrent ? Math.min(max, 4 << 20) : max;
  }

  public async handle(exchange: Exchange): Promise<void> {
    const { method, url } = exchange;
    const [, , name, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (!this.enabled || !name) return send(exchange, 404, '', '');
    if (this.header(exchange, 'RequireLeader', 'RequireMaster')?.toLowerCase() === 'true' && this.toLeader(exchange))
      return undefined;
    const isMetadata = rest[0] === 'metadata';
    const stream = isMetadata ? `$$${name}` : name;
    if (method === 'POST' && (rest.length === 0 || isMetadata)) return this.post(exchange, stream);
    if (method === 'POST' && rest[0] === 'incoming' && UUID.test(rest[1] ?? ''))
      return this.post(exchange, stream, rest[1]);
    if (method === 'DELETE' && rest.length === 0) return this.delete(exchange, stream);
    if (method === 'GET' || method === 'HEAD') return this.get(exchange, stream, isMetadata ? ['head'] : rest);
    return send(exchange, 405, '', '');
  }

  /** A request that only the leader may answer: whether it was sent there, or refused. */
  private toLeader(exchange: Exchange): boolean {
    const { state, leader } = this.node;
    if (state === 'Leader') return false;
    if (!leader) send(exchange, 503, 'text/plain', 'Server Is Not Ready');
    else
      send(exchange, 307, 'text/plain', '', {
        location: `http://${leader.host}:${leader.port}${exchange.request.url}`,
      });
    return true;
  }

  /** `Kurrent-EventId`, or `ES-EventId` on every line. */
  private header({ request }: Exchange, ...names: string[]): string | undefined {
    for (const name of names)
      for (const prefix of this.node.line.isKurrent ? ['kurrent', 'es'] : ['es']) {
        const value = request.headers[`${prefix}-${name.toLowerCase()}`];
        if (value !== undefined) return String(value);
      }
    return undefined;
  }

  private async post(exchange: Exchange, stream: string, id?: string): Promise<void> {
    const bytes = await body(exchange.request);
    if (bytes.length > this.maxBytes) return send(exchange, 400, 'text/plain', 'Event size too large');
    const expected = Number(this.header(exchange, 'ExpectedVersion') ?? -2);
    if (!Number.isInteger(expected) || expected < -4)
      return send(exchange, 400, 'text/plain', 'ExpectedVersion header in wrong format.');
    const events = this.events(exchange, stream, bytes, id);
    if (!events) return undefined;
    if (events.length === 0) return send(exchange, 400, 'text/plain', 'Write request body invalid.');
    const result = await this.append(exchange, { stream, expected, events });
    if (result.status !== 201) return this.refused(exchange, result);
    if (result.again) this.acknowledged.retries++;
    else {
      this.acknowledged.requests++;
      this.acknowledged.events += events.length;
    }
    send(exchange, 201, 'text/plain', '', {
      location: `${exchange.outside}/streams/${encodeURIComponent(stream)}/${result.first}`,
    });
  }

  /** The events of a request; undefined when it was answered. */
  private events(exchange: Exchange, stream: string, bytes: Buffer, id?: string): StoredEvent[] | undefined {
    const [type] = (exchange.request.headers['content-type'] ?? '').split(';');
    const text = bytes.toString();
    const wrong = (status: number, words: string) => void send(exchange, status, 'text/plain', words);
    if (this.families.some((family) => type === `application/vnd.${family}.events+json`)) {
      try {
        return (JSON.parse(text) as Posted[]).map((event) => {
          if (!UUID.test(event.eventId) || !event.eventType) throw new Error('no id or type');
          return {
            i: event.eventId.toLowerCase(),
            t: event.eventType,
            j: true,
            d: asText(event.data),
            m: asText(event.metadata),
          };
        });
      } catch {
        return wrong(400, 'Write request body invalid.');
      }
    }
    const isJson = type === 'application/json';
    if (!isJson && type !== 'application/octet-stream') return wrong(415, `Unsupported media type ${type}`);
    const eventId = this.header(exchange, 'EventId') ?? id;
    const eventType = this.header(exchange, 'EventType') ?? (stream.startsWith('$$') ? '$metadata' : undefined);
    if (eventId !== undefined && !UUID.test(eventId)) return wrong(400, 'EventId header in wrong format.');
    if (!eventType)
      return wrong(400, 'Must include an event type with the request either in body or as EventType header.');
    if (!eventId) {
      const location = `${exchange.outside}/streams/${encodeURIComponent(stream)}/incoming/${randomUUID()}`;
      return void send(exchange, 307, 'text/plain', 'Forwarding to idempotent URI', { location });
    }
    if (isJson && !isValid(text)) return wrong(400, 'Write request body invalid.');
    return [{ i: eventId.toLowerCase(), t: eventType, j: isJson, d: isJson ? text : bytes.toString('base64'), m: '' }];
  }

  private async append(_: Exchange, append: Append): Promise<Result> {
    const { delayMs } = this.node.faults;
    const result = await this.node.append(append);
    if (delayMs > 0) await new Promise((later) => setTimeout(later, delayMs));
    return result;
  }

  private refused(exchange: Exchange, { status, reason = '', last }: Result): void {
    const version = last === undefined ? {} : { [`${this.node.line.header}-CurrentVersion`]: last };
    send(exchange, status, 'text/plain', reason, version);
  }

  private async delete(exchange: Exchange, stream: string): Promise<void> {
    const hard = this.header(exchange, 'HardDelete')?.toLowerCase() === 'true';
    const expected = Number(this.header(exchange, 'ExpectedVersion') ?? -2);
    const result = await this.append(exchange, { stream, expected, events: [], delete: hard ? 'hard' : 'soft' });
    if (result.status !== 204) return this.refused(exchange, result);
    exchange.response.writeHead(204).end();
  }

  private async get(exchange: Exchange, stream: string, rest: string[]): Promise<void> {
    const { accept } = exchange.request.headers;
    const types = this.acceptable(rest.length === 1);
    const type = accept
      ?.split(',')
      .map((part) => part.split(';')[0].trim())
      .map((part) => (part === '*/*' ? types[0] : part))
      .find((part) => types.includes(part));
    if (!type) return send(exchange, 406, 'text/plain', '');
    const { database } = this.node;
    let head = database.head(stream);
    if (head === undefined) return send(exchange, 410, 'text/plain', '');
    if (rest.length === 1) {
      const number = rest[0] === 'head' ? head : Number(rest[0]);
      const event = Number.isInteger(number) ? database.event(stream, number) : undefined;
      if (!event) return send(exchange, 404, 'text/plain', '');
      const cache = rest[0] === 'head' ? NEVER : FOREVER;
      if (type === 'application/json')
        return send(exchange, 200, type, event.j ? event.d : Buffer.from(event.d, 'base64'), cache);
      const shown = type.endsWith('.event+json') ? eventOf(event) : entryOf(event, exchange.outside, this.node.line);
      return send(exchange, 200, type, JSON.stringify(shown, null, 2), cache);
    }
    const [from = 'head', direction = 'backward', count = String(PAGE)] = rest;
    const page: Feed = {
      from: from === 'head' ? undefined : Number(from),
      forward: direction === 'forward',
      count: Number(count),
      whole: rest.length === 0,
    };
    if (!/^(forward|backward)$/.test(direction) || !(page.count > 0) || Number.isNaN(page.from))
      return send(exchange, 400, 'text/plain', '');
    await this.longPoll(exchange, stream, page);
    head = database.head(stream) ?? -1;
    if (head < 0) return send(exchange, 404, 'text/plain', '');
    const { feed, isFull } = feedOf(database, stream, head, page, exchange, this.node.line);
    const etag = `"${feed.eTag}"`;
    if (exchange.request.headers['if-none-match'] === etag) return void exchange.response.writeHead(304).end();
    send(exchange, 200, type, JSON.stringify(feed, null, 2), { ...(isFull ? FOREVER : NEVER), etag });
  }

  /** A page that has nothing yet may be waited for. */
  private async longPoll(exchange: Exchange, stream: string, { from, forward }: Feed): Promise<void> {
    const until = Date.now() + 1000 * Number(this.header(exchange, 'LongPoll') ?? 0);
    while (forward && from !== undefined && Date.now() < until && (this.node.database.head(stream) ?? from) < from) {
      await new Promise((later) => setTimeout(later, 50));
    }
  }

  private acceptable(single: boolean): string[] {
    const kinds = single ? ['atom', 'event'] : ['atom', 'events'];
    return [
      ...this.families.flatMap((family) => kinds.map((kind) => `application/vnd.${family}.${kind}+json`)),
      'application/json',
    ];
  }
}

interface Posted {
  readonly eventId: string;
  readonly eventType: string;
  readonly data?: unknown;
  readonly metadata?: unknown;
}

function asText(value: unknown): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

function isValid(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
