import { Histogram, RecentMax } from './measure';
import type { DeleteRecord, EventRecord, LogRecord, Store, StoredEvent } from './store';
import { decode, encode } from './store';

const TIMES = [1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 1, 10];
const CHUNKS = [0, ...Array.from({ length: 19 }, (_, i) => 2 ** i)];

/** One stream: where its events are, by number. */
interface Stream {
  /** number of the last event that is written, acknowledged or not */
  last: number;
  /** of the last that may be read */
  readable: number;
  readonly positions: number[];
  /** events below it are deleted */
  from: number;
  gone: boolean;
}

export interface ReadEvent extends StoredEvent {
  readonly stream: string;
  readonly number: number;
  readonly created: number;
}

export interface Append {
  readonly stream: string;
  /** -2 any, -1 no stream, -4 any that exists, or the number of the last event */
  readonly expected: number;
  readonly events: readonly StoredEvent[];
  /** a delete, and no events */
  readonly delete?: 'soft' | 'hard';
}

export interface Result {
  readonly status: number;
  readonly reason?: string;
  readonly first?: number;
  readonly last?: number;
  readonly again?: boolean;
}

/** Ids of written events that a leader remembers, to know a retry with expected version "any" again. */
const REMEMBERED = 100_000;

/** The log, what may be read of it, and what a leader needs to append to it. */
export class Database {
  /** everything below is held by a majority, and may be read */
  public committed = 0;
  public lastCommit = 0;
  public readonly counts = { written: 0, read: 0, bytesRead: 0 };
  public readonly flushSizes = new RecentMax();
  public readonly flushTimes = new RecentMax();
  public readonly readTimes = new Histogram(TIMES);
  public readonly readChunks = new Histogram(CHUNKS);
  private readonly streams = new Map<string, Stream>();
  private readonly uncommitted: { record: LogRecord; position: number; end: number }[] = [];
  private remembered = new Map<string, { stream: string; number: number; end: number }>();

  constructor(public readonly store: Store) {
    // The real one reads up to its replication checkpoint only; what nobody else has is dropped before it is seen there.
    store.open((record, position, end) => {
      this.register(record);
      this.index(record, position, end);
    });
    this.committed = store.position;
  }

  /** A new leader knows only expected versions: that a retry is one is forgotten with the old leader. */
  public forgetIds(): void {
    this.remembered = new Map();
  }

  /** Writes records that come from a leader, or from this one. */
  public write(bytes: Buffer): void {
    const start = this.store.position;
    decode(bytes, (record, offset, length) => {
      this.store.note(record, start + offset);
      this.register(record);
      this.uncommitted.push({ record, position: start + offset, end: start + offset + length });
    });
    this.flush(bytes);
  }

  /** Writes a leader's own batch, whose records are known. */
  public writeBatch(batch: { record: LogRecord; bytes: Buffer }[]): Buffer {
    let end = this.store.position;
    for (const { record, bytes } of batch) {
      this.store.note(record, end);
      this.uncommitted.push({ record, position: end, end: end + bytes.length });
      end += bytes.length;
    }
    const all = batch.length === 1 ? batch[0].bytes : Buffer.concat(batch.map(({ bytes }) => bytes));
    this.flush(all);
    return all;
  }

  public commit(position: number): void {
    if (position <= this.committed) return;
    let done = 0;
    for (; done < this.uncommitted.length && this.uncommitted[done].end <= position; done++) {
      const { record, position: at, end } = this.uncommitted[done];
      this.index(record, at, end);
    }
    this.uncommitted.splice(0, done);
    this.committed = Math.min(position, this.store.position);
  }

  /**
   * What a leader makes of an append: records to write, or an answer without writing. `end` is where the log will end
   * when all that was prepared before is written.
   */
  public prepare({ stream: name, expected, events, delete: deletion }: Append, end: number): Prepared {
    const stream = this.streams.get(name);
    const last = stream?.last ?? -1;
    if (stream?.gone) return { result: { status: 410, reason: 'Stream deleted' } };
    if (expected === -2 && events.length > 0) {
      const known = events.map(({ i }) => this.remembered.get(i));
      if (known.every((event) => event?.stream === name)) {
        const first = known[0]!.number;
        return { result: { status: 201, first, last: first + events.length - 1, again: true }, end: known.at(-1)!.end };
      }
    } else if (expected === -4 ? last < 0 : expected !== -2 && expected !== last) {
      const first = expected + 1;
      const same =
        expected >= -1 && events.length > 0 && events.every(({ i }, at) => this.idOf(name, first + at) === i);
      if (same) return { result: { status: 201, first, last: expected + events.length, again: true }, end };
      return { result: { status: 400, reason: 'Wrong expected EventNumber', last } };
    }
    const record: EventRecord | DeleteRecord = deletion
      ? { x: name, hard: deletion === 'hard' }
      : { s: name, n: last + 1, c: Date.now(), ev: [...events] };
    const bytes = encode(record);
    this.register(record);
    for (const [at, { i }] of events.entries()) {
      this.remember(i, { stream: name, number: last + 1 + at, end: end + bytes.length });
    }
    return { record, bytes, result: { status: deletion ? 204 : 201, first: last + 1, last: last + events.length } };
  }

  public get streamCount(): number {
    return this.streams.size;
  }

  /** The last number that may be read, -1 for none; undefined for a stream that was deleted for good. */
  public head(name: string): number | undefined {
    const stream = this.streams.get(name);
    if (!stream) return -1;
    if (stream.gone) return undefined;
    return stream.readable >= stream.from ? stream.readable : -1;
  }

  public first(name: string): number {
    return this.streams.get(name)?.from ?? 0;
  }

  public event(name: string, number: number): ReadEvent | undefined {
    const stream = this.streams.get(name);
    if (!stream || number > stream.readable || number < stream.from) return undefined;
    const since = performance.now();
    const record = this.store.read(stream.positions[number]) as EventRecord;
    this.readTimes.add((performance.now() - since) / 1000);
    this.readChunks.add(0);
    const event = record.ev[number - record.n];
    this.counts.read++;
    this.counts.bytesRead += event.d.length;
    return record.lost ? undefined : { ...event, stream: name, number, created: record.c };
  }

  private flush(bytes: Buffer): void {
    const since = performance.now();
    this.store.write(bytes);
    this.flushTimes.add((performance.now() - since) / 1000);
    this.flushSizes.add(bytes.length);
  }

  /** Numbers go up when a record is written; readers see it when it is committed. */
  private register(record: LogRecord): void {
    if ('ev' in record) this.streamOf(record.s).last = record.n + record.ev.length - 1;
  }

  private index(record: LogRecord, position: number, end: number): void {
    this.lastCommit = position;
    this.committed = end;
    if ('ev' in record) {
      const stream = this.streamOf(record.s);
      for (let i = 0; i < record.ev.length; i++) stream.positions[record.n + i] = position;
      stream.readable = record.n + record.ev.length - 1;
      this.counts.written += record.ev.length;
    } else if ('x' in record) {
      const stream = this.streamOf(record.x);
      stream.from = stream.last + 1;
      stream.gone ||= record.hard;
    }
  }

  private streamOf(name: string): Stream {
    let stream = this.streams.get(name);
    if (!stream) {
      stream = { last: -1, readable: -1, positions: [], from: 0, gone: false };
      this.streams.set(name, stream);
    }
    return stream;
  }

  private idOf(name: string, number: number): string | undefined {
    for (const { record } of this.uncommitted) {
      if ('ev' in record && record.s === name && number >= record.n && number < record.n + record.ev.length)
        return record.ev[number - record.n].i;
    }
    const position = this.streams.get(name)?.positions[number];
    if (position === undefined) return undefined;
    const record = this.store.read(position) as EventRecord;
    return record.ev[number - record.n].i;
  }

  private remember(id: string, where: { stream: string; number: number; end: number }): void {
    this.remembered.set(id, where);
    if (this.remembered.size > REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
  }
}

export interface Prepared {
  readonly result: Result;
  readonly record?: LogRecord;
  readonly bytes?: Buffer;
  /** what must be committed before an answer without a record of its own is given */
  readonly end?: number;
}
