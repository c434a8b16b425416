const WIDTH = 30;
const EVERY_MS = 100;
/** Less than this is read before anybody wonders. */
const LONG = 16 * 1024 * 1024;

/** A bar for input that takes a while, on a terminal only. */
export class Progress {
  private done = 0;
  private drawn = 0;

  constructor(
    private readonly total: number,
    private readonly terminal: { isTTY?: boolean; write(text: string): unknown } = process.stderr,
    private readonly now: () => number = Date.now,
  ) {}

  /** More bytes were read. */
  advance(bytes: number): void {
    this.done += bytes;
    if (!this.visible || this.now() - this.drawn < EVERY_MS) return;
    this.drawn = this.now();
    const share = Math.min(1, this.done / this.total);
    const full = Math.round(share * WIDTH);
    this.terminal.write(`\rreading [${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${Math.floor(share * 100)} %`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.visible && this.drawn > 0) this.terminal.write(`\r${' '.repeat(WIDTH + 20)}\r`);
  }

  private get visible(): boolean {
    return this.terminal.isTTY === true && this.total >= LONG;
  }
}
