import { readFileSync, statfsSync } from 'node:fs';
import { freemem, loadavg, totalmem } from 'node:os';
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** Counts of values up to each bound. */
export class Histogram {
  public readonly counts: number[];
  public sum = 0;
  public count = 0;

  constructor(public readonly bounds: readonly number[]) {
    this.counts = bounds.map(() => 0);
  }

  public add(value: number): void {
    this.sum += value;
    this.count++;
    for (let i = this.bounds.length - 1; i >= 0 && value <= this.bounds[i]; i--) this.counts[i]++;
  }
}

const SLICE_MS = 4000;
const SLICES = 5;

/** The greatest value of the last 16 to 20 seconds. */
export class RecentMax {
  private readonly slices: { start: number; max: number }[] = [];

  public add(value: number): void {
    const start = Math.floor(Date.now() / SLICE_MS);
    const last = this.slices.at(-1);
    if (last?.start === start) last.max = Math.max(last.max, value);
    else this.slices.push({ start, max: value });
    if (this.slices.length > SLICES) this.slices.shift();
  }

  public get value(): number {
    const oldest = Math.floor(Date.now() / SLICE_MS) - SLICES;
    return this.slices.reduce((max, slice) => (slice.start > oldest ? Math.max(max, slice.max) : max), 0);
  }
}

/** What the process and its machine say of themselves. Node's collector has two generations; they stand for 0 and 2. */
export class Machine {
  public readonly collections = { gen0: 0, gen1: 0, gen2: 0 };
  public readonly pauses = new RecentMax();
  public readonly lag = new RecentMax();
  private paused = 0;
  private before = { at: performance.now(), cpu: process.cpuUsage() };

  constructor() {
    new PerformanceObserver((list) => {
      for (const { duration, detail } of list.getEntries() as (PerformanceEntry & { detail: { kind: number } })[]) {
        this.paused += duration;
        this.pauses.add(duration / 1000);
        this.collections[detail.kind === 1 ? 'gen0' : detail.kind === 4 ? 'gen2' : 'gen1']++;
      }
    }).observe({ entryTypes: ['gc'] });
    let due = performance.now() + 1000;
    setInterval(() => {
      this.lag.add(Math.max(0, performance.now() - due) / 1000);
      due = performance.now() + 1000;
    }, 1000).unref();
  }

  /** Percent of one core since the last look. */
  public get cpu(): number {
    const at = performance.now();
    const used = process.cpuUsage(this.before.cpu);
    const percent = at > this.before.at ? (used.user + used.system) / 10 / (at - this.before.at) : 0;
    this.before = { at, cpu: process.cpuUsage() };
    return percent;
  }

  public get timeInGc(): number {
    return (100 * this.paused) / performance.now();
  }

  public get memory() {
    return process.memoryUsage();
  }

  public get disk(): { used: number; total: number } {
    const { blocks, bfree, bsize } = statfsSync('/');
    return { used: (blocks - bfree) * bsize, total: blocks * bsize };
  }

  public get system() {
    return { load: loadavg(), free: freemem(), total: totalmem() };
  }

  /** Bytes and operations as the kernel counts them for this process; 0 where it does not say. */
  public get io(): Record<'read_bytes' | 'write_bytes' | 'syscr' | 'syscw', number> {
    let text = '';
    try {
      text = readFileSync('/proc/self/io', 'utf8');
    } catch {}
    const of = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return { read_bytes: of('read_bytes'), write_bytes: of('write_bytes'), syscr: of('syscr'), syscw: of('syscw') };
  }

  public get threads(): number {
    try {
      return Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
    } catch {
      return 0;
    }
  }
}
