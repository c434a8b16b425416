import { randomUUID } from 'node:crypto';
import type { Append, Result } from './database';

const KINDS = ['drop', 'duplicate', 'misplace', 'refuse'] as const;
export type Kind = (typeof KINDS)[number];

interface Victim {
  readonly kind: Kind;
  readonly stream: string;
  readonly first: number;
  readonly ids: string[];
}

/**
 * Faults that a test asks for, so that an audit can be shown to find them: `drop=1/1000,misplace=1/500,delay=50ms`. Of
 * every 1000 appends that this member takes as a leader, the last is acknowledged and then not there, there twice, or
 * in another stream; a refused one is answered 503; a delay holds every answer. None unless DOUBLE_FAULTS is set.
 */
export class Faults {
  public readonly delayMs: number = 0;
  public readonly victims: Victim[] = [];
  private readonly every = new Map<Kind, number>();
  private appends = 0;
  /** of the last appends to different streams */
  private streams: string[] = [];

  constructor(text = '') {
    for (const part of text.split(',').filter(Boolean)) {
      const [, kind, every, ms] = /^(\w+)=(?:1\/(\d+)|(\d+)ms)$/.exec(part.trim()) ?? [];
      if (kind === 'delay' && ms) this.delayMs = Number(ms);
      else if (KINDS.includes(kind as Kind) && every) this.every.set(kind as Kind, Number(every));
      else throw new Error(`DOUBLE_FAULTS: ${part} is no fault`);
    }
  }

  /** The fault that befalls this append. */
  public next({ events, stream }: Append): Kind | undefined {
    if (this.every.size === 0 || events.length === 0) return undefined;
    if (stream !== this.streams[0]) this.streams = [stream, ...this.streams.slice(0, 1)];
    this.appends++;
    return KINDS.find((kind) => this.every.has(kind) && this.appends % this.every.get(kind)! === 0);
  }

  /** What is written besides, and whether the append itself is lost. */
  public plant(kind: Kind | undefined, append: Append, { first = 0, last = 0 }: Result): Planted {
    if (!kind) return { lost: false };
    const { stream, events } = append;
    this.victims.push({ kind, stream, first, ids: events.map(({ i }) => i) });
    if (kind === 'drop') return { lost: true };
    if (kind === 'duplicate') return { besides: { ...append, expected: last }, lost: false };
    const other = this.streams.find((name) => name !== stream) ?? `${stream}-${randomUUID().slice(0, 8)}`;
    return { besides: { ...append, stream: other, expected: -2 }, lost: true };
  }
}

export interface Planted {
  readonly besides?: Append;
  readonly lost: boolean;
}
