import { TimeParser } from './time';

/** The tags of a point, and room for what their reader works out from them once. */
export interface TagSet {
  readonly tags: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** by the number of a metric: what the reader does with such points */
  readonly handlers: unknown[];
}

export enum Line {
  /** a point of a metric that was asked for: its fields stand in the scanner */
  POINT,
  /** a well-formed point of another metric */
  OTHER,
  /** not in the shape that k6 writes: JSON.parse has the word */
  UNUSUAL,
}

const HEAD = Buffer.from('{"metric":"');
const TYPE = Buffer.from('","type":"Point","data":{"time":"');
const VALUE = Buffer.from('","value":');
const TAGS = Buffer.from(',"tags":{');
const METADATA = Buffer.from(',"metadata":{');

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const CLOSE = 0x7d;
const NEWLINE = 0x0a;
const TENS = Array.from({ length: 23 }, (_, power) => 10 ** power);
const MOST_TAG_SETS = 4096;

/**
 * Reads lines as k6 writes them, `{"metric":…,"type":"Point","data":{"time":…,"value":…,"tags":{…},"metadata"?:{…}}}`,
 * byte by byte and without making objects: JSON.parse of every line would be the whole cost of a report. Every byte is
 * checked, also in points nobody asked for, since a damaged line must not pass. What differs in any way (another order
 * of keys, an escape, a number of more than 15 digits) is UNUSUAL, and JSON.parse decides.
 */
export class PointScanner {
  public metric = 0;
  /** milliseconds since 1970 */
  public time = 0;
  public value = 0;
  public set!: TagSet;
  /** where the line ends, after POINT and OTHER */
  public end = 0;

  private readonly times = new TimeParser();
  private readonly sets = new Map<string, TagSet>();
  /** by their length, with their numbers */
  private readonly names: { readonly name: Buffer; readonly metric: number }[][] = [];
  private last: TagSet | undefined;
  private before: TagSet | undefined;

  /** The names' places are the metrics' numbers. */
  constructor(names: readonly string[]) {
    names.forEach((name, metric) => {
      this.names[name.length] ??= [];
      this.names[name.length].push({ name: Buffer.from(name), metric });
    });
  }

  /** The line at `start`, which ends in a newline within the bytes. */
  scan(bytes: Buffer, start: number): Line {
    let at = start;
    if (!matches(bytes, at, HEAD)) return Line.UNUSUAL;
    at += HEAD.length;
    const nameAt = at;
    at = plainText(bytes, at);
    if (at < 0) return Line.UNUSUAL;
    const metric = this.metricAt(bytes, nameAt, at);
    if (!matches(bytes, at, TYPE)) return Line.UNUSUAL;
    at += TYPE.length;
    at = this.times.parse(bytes, at);
    this.time = this.times.time;
    if (at < 0 || !matches(bytes, at, VALUE)) return Line.UNUSUAL;
    at = this.number(bytes, at + VALUE.length);
    if (at < 0 || !matches(bytes, at, TAGS)) return Line.UNUSUAL;
    at += TAGS.length;
    const set = this.recent(bytes, at);
    const tagsAt = at;
    at = set ? at + set.bytes.length : pairs(bytes, at);
    if (at < 0) return Line.UNUSUAL;
    const tagsEnd = at;
    if (matches(bytes, at, METADATA)) at = pairs(bytes, at + METADATA.length);
    if (at < 0 || bytes[at] !== CLOSE || bytes[at + 1] !== CLOSE || bytes[at + 2] !== NEWLINE) return Line.UNUSUAL;
    this.end = at + 2;
    this.set = set ?? this.tagSet(bytes, tagsAt, tagsEnd);
    this.metric = metric;
    return metric < 0 ? Line.OTHER : Line.POINT;
  }

  /** The tags of a line that JSON.parse read. */
  foreign(tags: Record<string, string>): TagSet {
    const text = Buffer.from(JSON.stringify(tags).slice(1));
    return this.tagSet(text, 0, text.length);
  }

  private metricAt(bytes: Buffer, start: number, end: number): number {
    const candidates = this.names[end - start];
    if (candidates) for (const { name, metric } of candidates) if (matches(bytes, start, name)) return metric;
    return -1;
  }

  /** A JSON number. Its mantissa and power of ten are exact as far as they are taken, so the quotient is rounded once. */
  private number(bytes: Buffer, start: number): number {
    let at = start;
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    let mantissa = 0;
    let digits = 0;
    let decimals = 0;
    let byte = bytes[at];
    const first = byte;
    for (; byte >= 0x30 && byte <= 0x39; byte = bytes[++at]) {
      mantissa = mantissa * 10 + byte - 0x30;
      digits++;
    }
    if (digits === 0 || (first === 0x30 && digits > 1)) return -1;
    if (byte === 0x2e) {
      for (byte = bytes[++at]; byte >= 0x30 && byte <= 0x39; byte = bytes[++at]) {
        mantissa = mantissa * 10 + byte - 0x30;
        decimals++;
      }
      if (decimals === 0) return -1;
    }
    if (digits + decimals > 15 || byte === 0x65 || byte === 0x45) return -1;
    const value = mantissa / TENS[decimals];
    this.value = negative ? -value : value;
    return at;
  }

  /** The set of one of the last lines, if this is it: the ten samples of a request have the same. */
  private recent(bytes: Buffer, at: number): TagSet | undefined {
    if (this.last && matches(bytes, at, this.last.bytes)) return this.last;
    if (!this.before || !matches(bytes, at, this.before.bytes)) return undefined;
    const found = this.before;
    this.before = this.last;
    this.last = found;
    return found;
  }

  private tagSet(bytes: Buffer, start: number, end: number): TagSet {
    const text = bytes.toString('latin1', start, end);
    let set = this.sets.get(text);
    if (!set) {
      const own = Buffer.from(bytes.subarray(start, end));
      set = { tags: JSON.parse(`{${own.toString()}`), bytes: own, handlers: [] };
      // errors name ports, so there is no end of different ones
      if (this.sets.size >= MOST_TAG_SETS) this.sets.clear();
      this.sets.set(text, set);
    }
    this.before = this.last;
    this.last = set;
    return set;
  }
}

function matches(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** The end of a text without escapes, or -1. */
function plainText(bytes: Buffer, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at]) if (byte === BACKSLASH || byte < 0x20) return -1;
  return at;
}

/** `"key":"value",…}`: the position after the brace, or -1. */
function pairs(bytes: Buffer, start: number): number {
  let at = start;
  if (bytes[at] === CLOSE) return at + 1;
  for (let value = false; ; value = !value, at++) {
    if (bytes[at] !== QUOTE) return -1;
    at = plainText(bytes, at + 1) + 1;
    if (at === 0) return -1;
    if (value && bytes[at] === CLOSE) return at + 1;
    if (bytes[at] !== (value ? COMMA : COLON)) return -1;
  }
}
