import { type File, SeekMode } from 'k6/experimental/fs';

const CHUNK = 64 * 1024;
const NEWLINE = 10;

/**
 * The lines of the `part`-th of `parts` equal parts of a file. A line belongs to the part in which it begins. In chunks,
 * since a ledger can be larger than a script's memory should be. (k6 knows no asynchronous generators.)
 */
export class LedgerFile {
  private readonly buffer = new Uint8Array(CHUNK);
  private readonly lines: string[] = [];
  private position = 0;
  private end = 0;
  private rest = '';
  private skipping = false;
  private over = false;

  public constructor(private readonly file: File) {}

  public async goTo(part: number, parts: number): Promise<void> {
    const { size } = await this.file.stat();
    const begin = Math.floor((size * part) / parts);
    this.end = Math.floor((size * (part + 1)) / parts);
    // from the byte before: if that ends a line, the next line is ours, else it is the rest of somebody else's
    this.position = Math.max(begin - 1, 0);
    this.skipping = begin > 0;
    this.over = this.end === begin;
    await this.file.seek(this.position, SeekMode.Start);
  }

  /** Undefined after the last line. */
  public async next(): Promise<string | undefined> {
    while (this.lines.length === 0 && !this.over) await this.fill();
    return this.lines.shift();
  }

  private async fill(): Promise<void> {
    const count = await this.read();
    let from = 0;
    for (let i = 0; i < count && !this.over; i++) {
      if (this.buffer[i] !== NEWLINE) continue;
      if (!this.skipping) this.lines.push(this.rest + this.text(from, i));
      this.skipping = false;
      this.rest = '';
      from = i + 1;
      this.over = this.position + from >= this.end;
    }
    if (this.over) return;
    if (!this.skipping) this.rest += this.text(from, count);
    this.position += count;
    if (count > 0) return;
    this.over = true;
    if (this.rest) this.lines.push(this.rest); // without a line break at its end: cut off, and said so by its reader
  }

  /** k6 says with an error that the file ends. */
  private async read(): Promise<number> {
    try {
      return await this.file.read(this.buffer);
    } catch (error) {
      if (/EOF/.test(String(error))) return 0;
      throw error;
    }
  }

  /** In slices: the number of arguments is limited. */
  private text(from: number, to: number): string {
    let text = '';
    for (let i = from; i < to; i += 4096) {
      text += String.fromCharCode(...this.buffer.subarray(i, Math.min(i + 4096, to)));
    }
    return text;
  }
}
