import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Refusal } from './options';

export interface StoredEvent {
  /** id, type, JSON or not, data and metadata as text (base64 when not JSON) */
  readonly i: string;
  readonly t: string;
  readonly j: boolean;
  readonly d: string;
  readonly m: string;
}

/** What one append wrote, as one record, so that it is there as a whole or not at all. */
export interface EventRecord {
  readonly s: string;
  /** number of the first event */
  readonly n: number;
  /** when, in ms */
  readonly c: number;
  readonly ev: StoredEvent[];
  /** acknowledged and lost, on purpose: faults.ts */
  readonly lost?: boolean;
}

/** Opens a leader's time. */
export interface EpochRecord {
  readonly e: number;
  readonly i: string;
  /** the leader's instance */
  readonly l: string;
}

export interface DeleteRecord {
  readonly x: string;
  readonly hard: boolean;
}

export type LogRecord = EventRecord | EpochRecord | DeleteRecord;

export interface Epoch {
  readonly position: number;
  readonly number: number;
  readonly id: string;
  readonly leader: string;
}

export function encode(record: LogRecord): Buffer {
  const body = Buffer.from(JSON.stringify(record));
  const framed = Buffer.allocUnsafe(4 + body.length);
  framed.writeUInt32BE(body.length);
  body.copy(framed, 4);
  return framed;
}

/** Calls `visit` for every whole record, and says how many bytes these were. */
export function decode(bytes: Buffer, visit: (record: LogRecord, offset: number, length: number) => void): number {
  let at = 0;
  while (at + 4 <= bytes.length) {
    const length = 4 + bytes.readUInt32BE(at);
    if (at + length > bytes.length) break;
    visit(JSON.parse(bytes.toString('utf8', at + 4, at + length)), at, length);
    at += length;
  }
  return at;
}

/** How much of a log is this other log too: up to where, after the last common epoch, one of them begins the next. */
export function commonLength(of: Log, other: Log): number {
  for (let i = of.epochs.length - 1; i >= 0; i--) {
    const { id, position } = of.epochs[i];
    const at = other.epochs.findIndex((epoch) => epoch.id === id && epoch.position === position);
    if (at < 0) continue;
    return Math.min(other.epochs[at + 1]?.position ?? other.position, of.epochs[i + 1]?.position ?? of.position);
  }
  return 0;
}

interface Log {
  readonly position: number;
  readonly epochs: readonly Epoch[];
}

interface Chunk {
  readonly file: string;
  readonly descriptor: number;
  readonly start: number;
}

const BLOCK = 1 << 20;
const PROPOSAL = 'proposal.chk';

/**
 * The log: records one after the other, in files that are called like the database's. A position is a number of bytes,
 * and members that have the same records have the same bytes. Files grow as they are written (the real ones are made
 * 256 MiB large at once), and a write is given to the kernel, not forced to the disk: it outlives the process, and the
 * power cuts of a test, which end processes, but not those of a real machine.
 */
export class Store {
  public position = 0;
  /** The highest number of an epoch that was proposed to this member: it accepts none below. */
  public proposal = -1;
  public readonly epochs: Epoch[] = [];
  private readonly chunks: Chunk[] = [];

  constructor(
    private readonly folder: string,
    private readonly chunkSize: number,
  ) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      for (const file of this.files()) accessSync(join(folder, file), constants.W_OK);
      if (existsSync(join(folder, PROPOSAL))) this.proposal = Number(readFileSync(join(folder, PROPOSAL), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
      throw new Refusal([
        `Unhandled exception. System.UnauthorizedAccessException: Access to the path '${join(folder, 'writer.chk')}' is denied.`,
      ]);
    }
  }

  /** Drops what a deposed leader was told to drop, and says whether there was something. */
  public truncateAsTold(maxTruncation: number): boolean {
    const told = join(this.folder, 'truncate.chk');
    if (!existsSync(told)) return false;
    const position = Number(readFileSync(told, 'utf8'));
    const size = this.files().reduce((sum, file) => sum + statSync(join(this.folder, file)).size, 0);
    if (maxTruncation >= 0 && size - position > maxTruncation) {
      throw new Refusal([
        `MaxTruncation is set and truncate checkpoint is out of bounds. MaxTruncation ${maxTruncation} vs requested truncation ${size - position} [${size} => ${position}].`,
      ]);
    }
    this.open(() => {});
    this.truncate(position);
    rmSync(told);
    return true;
  }

  public remember(proposal: number): void {
    this.proposal = proposal;
    writeFileSync(join(this.folder, PROPOSAL), String(proposal));
  }

  public tellToTruncate(position: number): void {
    writeFileSync(join(this.folder, 'truncate.chk'), String(position));
  }

  public open(visit: (record: LogRecord, position: number, end: number) => void): void {
    for (const file of this.files()) {
      const descriptor = openSync(join(this.folder, file), 'r+');
      const chunk = { file, descriptor, start: this.position };
      this.chunks.push(chunk);
      let rest: Buffer = Buffer.alloc(0);
      for (;;) {
        const block = Buffer.allocUnsafe(BLOCK);
        const read = readSync(descriptor, block, 0, BLOCK, this.position - chunk.start + rest.length);
        if (read === 0) break;
        const bytes = Buffer.concat([rest, block.subarray(0, read)]);
        const whole = decode(bytes, (record, offset, length) => {
          const position = this.position + offset;
          this.note(record, position);
          visit(record, position, position + length);
        });
        this.position += whole;
        rest = bytes.subarray(whole);
      }
      // a write that was cut off by a kill
      if (rest.length > 0) ftruncateSync(descriptor, this.position - chunk.start);
    }
    if (this.chunks.length === 0) this.nextChunk();
  }

  /** Appends whole records. */
  public write(bytes: Buffer): void {
    const last = this.chunks.at(-1)!;
    const chunk = this.position - last.start < this.chunkSize ? last : this.nextChunk();
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(chunk.descriptor, bytes, done, bytes.length - done, this.position - chunk.start + done);
    }
    this.position += bytes.length;
  }

  public note(record: LogRecord, position: number): void {
    if ('e' in record) this.epochs.push({ position, number: record.e, id: record.i, leader: record.l });
  }

  public read(position: number): LogRecord {
    const chunk = this.chunkOf(position);
    let bytes = Buffer.allocUnsafe(2048);
    const read = readSync(chunk.descriptor, bytes, 0, bytes.length, position - chunk.start);
    const length = 4 + bytes.readUInt32BE(0);
    if (length > read) {
      bytes = Buffer.allocUnsafe(length);
      readSync(chunk.descriptor, bytes, 0, length, position - chunk.start);
    }
    return JSON.parse(bytes.toString('utf8', 4, length));
  }

  /** Whole records from a position on, about `limit` bytes. */
  public block(position: number, limit = 256 * 1024): Buffer {
    const chunk = this.chunkOf(position);
    const next = this.chunks[this.chunks.indexOf(chunk) + 1];
    const available = (next?.start ?? this.position) - position;
    for (let size = Math.min(limit, available); ; size = Math.min(available, size * 4)) {
      const bytes = Buffer.allocUnsafe(size);
      readSync(chunk.descriptor, bytes, 0, size, position - chunk.start);
      let whole = 0;
      while (whole + 4 <= size && whole + 4 + bytes.readUInt32BE(whole) <= size) whole += 4 + bytes.readUInt32BE(whole);
      if (whole > 0 || size === available) return bytes.subarray(0, whole);
    }
  }

  private truncate(position: number): void {
    for (const chunk of this.chunks) {
      if (chunk.start > position || (chunk.start === position && position > 0)) rmSync(join(this.folder, chunk.file));
      else if (chunk === this.chunkOf(position)) ftruncateSync(chunk.descriptor, position - chunk.start);
      closeSync(chunk.descriptor);
    }
  }

  private chunkOf(position: number): Chunk {
    let found = this.chunks[0];
    for (const chunk of this.chunks) if (chunk.start <= position) found = chunk;
    return found;
  }

  private nextChunk(): Chunk {
    const file = `chunk-${String(this.chunks.length).padStart(6, '0')}.000000`;
    const chunk = { file, descriptor: openSync(join(this.folder, file), 'w+'), start: this.position };
    this.chunks.push(chunk);
    return chunk;
  }

  private files(): string[] {
    return readdirSync(this.folder)
      .filter((file) => file.startsWith('chunk-'))
      .sort();
  }
}
