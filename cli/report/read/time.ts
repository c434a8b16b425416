const PATTERN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const NANOSECONDS = 9;
const MINUTE = '2026-11-25T22:44:'.length;

/** Milliseconds since 1970 of a time as k6 writes it (RFC 3339, up to nanoseconds); NaN if it is none. */
export function parseTime(text: string): number {
  const [, minute, second, fraction, zone] = PATTERN.exec(text) ?? [];
  if (minute === undefined) return Number.NaN;
  // a fraction beyond milliseconds is cut by Date.parse
  return Date.parse(`${minute}:${second}${zone}`) + Number(`0.${fraction ?? 0}`) * 1000;
}

/** The same from bytes, for one line after another: the minute is worked out once. */
export class TimeParser {
  public time = 0;
  private readonly minute = Buffer.alloc(MINUTE);
  private readonly zone = Buffer.alloc(6);
  private zoneLength = 0;
  private start = 0;

  /** The position of the quote after the time, or -1 if it is none. */
  parse(bytes: Buffer, at: number): number {
    const tens = bytes[at + MINUTE] - 0x30;
    const ones = bytes[at + MINUTE + 1] - 0x30;
    if (!(tens >= 0 && tens <= 5 && ones >= 0 && ones <= 9)) return -1;
    let end = at + MINUTE + 2;
    let fraction = 0;
    if (bytes[end] === 0x2e) {
      const first = end + 1;
      let unit = 100;
      for (let byte = bytes[++end]; byte >= 0x30 && byte <= 0x39; byte = bytes[++end]) {
        fraction += (byte - 0x30) * unit;
        unit /= 10;
      }
      if (end === first || end > first + NANOSECONDS) return -1;
    }
    const zone = end;
    while (bytes[end] !== 0x22) {
      if (bytes[end] < 0x20 || end - zone > 6) return -1;
      end++;
    }
    if (!this.known(bytes, at, zone, end)) {
      const time = parseTime(bytes.toString('latin1', at, end));
      if (Number.isNaN(time)) return -1;
      bytes.copy(this.minute, 0, at, at + MINUTE);
      this.zoneLength = end - zone;
      bytes.copy(this.zone, 0, zone, end);
      this.start = Date.parse(`${bytes.toString('latin1', at, at + MINUTE)}00${bytes.toString('latin1', zone, end)}`);
    }
    this.time = this.start + tens * 10_000 + ones * 1000 + fraction;
    return end;
  }

  private known(bytes: Buffer, at: number, zone: number, end: number): boolean {
    if (end - zone !== this.zoneLength) return false;
    for (let i = MINUTE - 1; i >= 0; i--) if (bytes[at + i] !== this.minute[i]) return false;
    for (let i = 0; i < this.zoneLength; i++) if (bytes[zone + i] !== this.zone[i]) return false;
    return true;
  }
}
