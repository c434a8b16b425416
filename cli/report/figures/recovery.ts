import { AFTERMATH, type Kill, Row, type RunData } from './run-data';
import { mean } from './statistics';
import type { Gap } from './timeline';

/** What a kill did to a run. */
export interface Recovery {
  readonly kill: Kill;
  /** seconds after the measured part's begin, as kills are planned */
  readonly at: number;
  /** the longest time without an acknowledged write, in ms */
  readonly gap?: number;
  /** no write was acknowledged after it, as far as was looked */
  readonly open: boolean;
  /** acknowledged writes a second in the 30 s before */
  readonly before?: number;
  /** seconds until writes had 90 % of that rate for five seconds */
  readonly recovered?: number;
  /** writes that were not acknowledged within a minute, against the rate before */
  readonly deficit?: number;
  readonly refused: number;
  readonly indeterminate: number;
  readonly errors: number;
}

const BEFORE = 30;
const STEADY = 5;
const ENOUGH = 0.9;

/** Each kill's consequences, up to a minute after it, the next kill or the load's end. */
export function recoveriesOf(run: RunData): Recovery[] {
  const span = run.timeline.span;
  if (!span) return [];
  const start = loadStart(run);
  const main = run.settings.main ?? start + (run.settings.warmup ?? 0) * 1000;
  return run.kills.map((kill, index) => {
    const next = run.kills[index + 1]?.time ?? Number.POSITIVE_INFINITY;
    const until = Math.min(kill.time + AFTERMATH, next, span.to * 1000);
    const gap: Gap | undefined = until > kill.time ? run.acknowledgements.longestGap(kill.time, until) : undefined;
    const second = Math.floor(kill.time / 1000);
    const end = Math.floor(until / 1000);
    const quietSince = Math.max(
      Math.ceil(start / 1000),
      second - BEFORE,
      ...run.kills.slice(0, index).map((k) => Math.ceil(k.time / 1000)),
    );
    const count = (row: Row, from: number, to: number) => run.timeline.counts(row, from, to);
    const total = (row: Row) => count(row, second, end).reduce((sum, value) => sum + value, 0);
    const baseline = count(Row.ACKNOWLEDGED, quietSince, second);
    const before = baseline.length > 0 ? mean(baseline) : undefined;
    const after = count(Row.ACKNOWLEDGED, second + 1, end);
    return {
      kill,
      at: (kill.time - main) / 1000,
      gap: gap && gap.to - gap.from,
      open: gap?.open ?? false,
      before,
      recovered: before === undefined ? undefined : recoveredAfter(after, before),
      deficit: before === undefined ? undefined : after.reduce((sum, value) => sum + before - value, 0),
      refused: total(Row.REFUSED),
      indeterminate: total(Row.INDETERMINATE),
      errors: total(Row.ERRORS),
    };
  });
}

/** When users began, as far as is known, in ms since 1970. */
export function loadStart(run: RunData): number {
  if (run.starts.length > 0) return Math.min(...run.starts);
  const span = run.timeline.span;
  return span ? span.from * 1000 : run.firstRequest;
}

/** Of the whole seconds after a kill. */
function recoveredAfter(counts: readonly number[], before: number): number | undefined {
  for (let i = 0; i + STEADY <= counts.length; i++) {
    if (mean(counts.slice(i, i + STEADY)) >= ENOUGH * before && counts[i] >= ENOUGH * before) return i + 1;
  }
  return undefined;
}
