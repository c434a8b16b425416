const SECOND = 1000;

/** Counts a second, of several kinds, over a span that grows as points come in any order. */
export class Timeline {
  private rows: Float64Array[];
  private base = Number.NaN;
  private length = 0;

  constructor(kinds: number) {
    this.rows = Array.from({ length: kinds }, () => new Float64Array(0));
  }

  add(kind: number, time: number, amount: number): void {
    const second = Math.floor(time / SECOND);
    this.reach(second);
    this.rows[kind][second - this.base] += amount;
  }

  /** The first second that has anything, and the one after the last; undefined if there is nothing. */
  get span(): { from: number; to: number } | undefined {
    return this.length === 0 ? undefined : { from: this.first, to: this.last + 1 };
  }

  private first = Number.POSITIVE_INFINITY;
  private last = Number.NEGATIVE_INFINITY;

  /** The counts of the seconds `from` … `to` - 1; zero where there is nothing. */
  counts(kind: number, from: number, to: number): number[] {
    return Array.from({ length: Math.max(0, to - from) }, (_, i) => this.rows[kind][from + i - this.base] ?? 0);
  }

  private reach(second: number): void {
    if (second < this.first) this.first = second;
    if (second > this.last) this.last = second;
    if (this.length === 0) this.base = second;
    const before = Math.max(0, this.base - second);
    const after = Math.max(0, second - (this.base + this.length) + 1);
    if (before === 0 && after === 0) return;
    const front = before === 0 ? 0 : before + 64;
    const length = front + this.length + (after === 0 ? 0 : after + Math.max(64, this.length));
    this.rows = this.rows.map((row) => {
      const longer = new Float64Array(length);
      longer.set(row, front);
      return longer;
    });
    this.base -= front;
    this.length = length;
  }
}

/** A pause between two events next to each other. */
export interface Gap {
  /** milliseconds since 1970 */
  readonly from: number;
  readonly to: number;
  /** nothing came any more: `to` is where the search ended */
  readonly open: boolean;
}

/** At which milliseconds something happened: one bit each, 75 kB for ten minutes, in any order. */
export class Instants {
  private bits = new Uint8Array(0);
  private base = Number.NaN;

  add(time: number): void {
    const at = Math.floor(time);
    if (this.bits.length === 0) this.base = at - (at % 8);
    let offset = at - this.base;
    if (offset < 0 || offset >= this.bits.length * 8) {
      this.reach(at);
      offset = at - this.base;
    }
    this.bits[offset >> 3] |= 1 << (offset & 7);
  }

  /** The longest pause that touches the time from `from` to `to`, counted from the last event before it. */
  longestGap(from: number, to: number): Gap | undefined {
    let last = this.lastBefore(from);
    let longest: Gap | undefined;
    const consider = (gap: Gap): void => {
      if (!longest || gap.to - gap.from > longest.to - longest.from) longest = gap;
    };
    const end = Math.min(Math.ceil(to), this.base + this.bits.length * 8);
    for (let at = Math.max(Math.floor(from), this.base); at < end; at++) {
      if (!this.has(at)) continue;
      consider({ from: last ?? from, to: at, open: false });
      last = at;
    }
    // the last pause may reach beyond `to`
    const next = this.firstFrom(Math.ceil(to));
    consider(
      next === undefined ? { from: last ?? from, to, open: true } : { from: last ?? from, to: next, open: false },
    );
    return longest;
  }

  private has(at: number): boolean {
    const offset = at - this.base;
    return offset >= 0 && offset < this.bits.length * 8 && (this.bits[offset >> 3] & (1 << (offset & 7))) !== 0;
  }

  private lastBefore(time: number): number | undefined {
    for (let at = Math.min(Math.floor(time) - 1, this.base + this.bits.length * 8 - 1); at >= this.base; at--) {
      if (this.has(at)) return at;
    }
    return undefined;
  }

  private firstFrom(time: number): number | undefined {
    const end = this.base + this.bits.length * 8;
    for (let at = Math.max(time, this.base); at < end; at++) if (this.has(at)) return at;
    return undefined;
  }

  private reach(at: number): void {
    const room = 8 * 8192;
    const from = Math.min(this.base, Math.floor((at - room) / 8) * 8);
    const front = at < this.base ? this.base - from : 0;
    const back = Math.max(0, at - (this.base + this.bits.length * 8) + room);
    const longer = new Uint8Array(
      front / 8 + this.bits.length + Math.ceil(back / 8) + (back > 0 ? this.bits.length >> 1 : 0),
    );
    longer.set(this.bits, front / 8);
    this.base -= front;
    this.bits = longer;
  }
}
