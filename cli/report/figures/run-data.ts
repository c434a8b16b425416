import type { Settings } from '../read/settings';
import { Histogram } from './histogram';
import type { Ledger } from './ledger';
import { Instants, Timeline } from './timeline';

/** The rows of a run's timeline. */
export enum Row {
  ACKNOWLEDGED,
  REFUSED,
  INDETERMINATE,
  ERRORS,
  REQUESTS,
}

/** A pod deleted on purpose. */
export interface Kill {
  /** when the API accepted it, in ms since 1970 */
  readonly time: number;
  readonly pod: string;
  readonly role?: string;
  /** seconds until the pod was Ready again */
  readonly readyAfter?: number;
}

/** A run this much of its planned length is whole. */
const WHOLE = 0.95;

/** The parts of a run in which errors are counted apart: `warm-up`, `quiet`, `kill 1`, `kill 2`, … */
export const WARM_UP = 'warm-up';
export const QUIET = 'quiet';

/** How long after a kill its consequences are counted as its own, in ms. */
export const AFTERMATH = 60_000;
/** What a chart shows around a kill, in ms. */
export const ZOOM = { before: 15_000, after: 60_000 } as const;

/** Everything that a report needs of a run with raw results: its size does not depend on how many points there were. */
export class RunData {
  /** how long users waited, by operation, in the measured part */
  public readonly operations = new Map<string, Histogram>();
  /** k6's own http_req_duration in the measured part, of all requests that got an answer or waited for one in vain */
  public readonly http = new Histogram();
  /** the wait for a free connection, and for its set-up */
  public readonly blocked = new Histogram();
  /** all of a user's work, of which the requests are the part that the server takes */
  public readonly iterations = new Histogram();
  /** requests sent in the measured part, and those that k6 calls failed */
  public requests = 0;
  public failed = 0;
  /** appends in the measured part, by outcome (a row of the timeline) */
  public readonly measured = [0, 0, 0];
  /** appends of the whole run, by outcome: what the audit is held against */
  public readonly whole = [0, 0, 0];
  /** by class, then by phase */
  public readonly errors = new Map<string, Map<string, number>>();
  public readonly timeline = new Timeline(5);
  public readonly acknowledgements = new Instants();
  /** by second, near kills */
  public readonly latencies = new Map<number, Histogram>();
  public dropped = 0;
  public received = 0;
  public sent = 0;
  public users = 0;
  /** samples of k6 in which every user that it may have was busy, and all samples */
  public saturated = 0;
  public samples = 0;
  public firstRequest = Number.POSITIVE_INFINITY;
  public lastRequest = Number.NEGATIVE_INFINITY;
  /** when each generator began its load, in ms since 1970 */
  public readonly starts: number[] = [];
  public ends: number[] = [];
  public lines = 0;
  public bytes = 0;
  public ledger!: Ledger;

  constructor(
    public readonly name: string,
    public readonly settings: Settings,
    public readonly kills: readonly Kill[],
    /** why kills that were planned did not happen */
    public readonly failedKills: readonly string[] = [],
  ) {}

  /** The seconds that rates are over: what was asked for, or what was seen if that is less. */
  get seconds(): number {
    const { duration } = this.settings;
    // a load that broke off must not look slow
    return duration === undefined || this.observedSeconds < WHOLE * duration ? this.observedSeconds : duration;
  }

  get observedSeconds(): number {
    return this.lastRequest > this.firstRequest ? (this.lastRequest - this.firstRequest) / 1000 : 0;
  }

  phaseOf(time: number, phase: string | undefined): string {
    if (phase !== undefined && phase !== 'main') return phase === 'warmup' ? WARM_UP : phase;
    for (let i = this.kills.length - 1; i >= 0; i--) {
      const since = time - this.kills[i].time;
      if (since >= 0 && since < AFTERMATH) return `kill ${i + 1}`;
    }
    return QUIET;
  }

  nearKill(time: number): boolean {
    return this.kills.some((kill) => time >= kill.time - ZOOM.before && time < kill.time + ZOOM.after);
  }

  countError(kind: string, phase: string, amount: number): void {
    const phases = this.errors.get(kind) ?? new Map<string, number>();
    this.errors.set(kind, phases);
    phases.set(phase, (phases.get(phase) ?? 0) + amount);
  }
}
