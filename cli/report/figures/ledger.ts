/** What the audit found in one place: the leader, or a member. */
export interface LedgerColumn {
  readonly source: string;
  readonly attempted?: number;
  readonly acknowledged: number;
  readonly present: number;
  readonly lost: number;
  readonly indeterminatePresent: number;
  readonly indeterminateAbsent: number;
  readonly duplicate: number;
  readonly misplaced: number;
  /** there, though no user was told so: no fault by itself, since a refusal may come after the write */
  readonly unexpected: number;
}

/** An acknowledged event that is not where it should be, or is there twice. */
export interface LedgerEntry {
  readonly source: string;
  readonly fault: string;
  readonly stream: string;
  readonly event: string;
  readonly expected?: string;
  readonly found?: string;
}

/**
 * LOST: an acknowledged event is gone. FAULTY: none is gone, but one is elsewhere, or there twice. UNKNOWN: nobody can
 * say. PROVEN: every acknowledged event was read back, from all the places that were asked.
 */
export type Verdict = 'LOST' | 'FAULTY' | 'UNKNOWN' | 'PROVEN';

export interface Ledger {
  readonly verdict: Verdict;
  /** why it is UNKNOWN */
  readonly doubts: readonly string[];
  /** what the results say */
  readonly attempted: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly indeterminate: number;
  /** what the audit says */
  readonly columns: readonly LedgerColumn[];
  readonly faults: readonly LedgerEntry[];
  /** of all faults, as many as are listed */
  readonly faultCount: number;
}

const LEADER = 'leader';

/** Holds the audit against the results. `counts`: acknowledged, refused, indeterminate. */
export function judge(
  counts: readonly number[],
  columns: readonly LedgerColumn[],
  faults: readonly LedgerEntry[],
  faultCount: number,
  notes: readonly string[] = [],
): Ledger {
  const [acknowledged, refused, indeterminate] = counts;
  const doubts = [...notes];
  if (acknowledged === 0) doubts.push('nothing was acknowledged');
  if (columns.length === 0 && notes.length === 0) doubts.push('the audit was not run');
  if (columns.length > 0 && !columns.some(({ source }) => source === LEADER))
    doubts.push('the audit did not ask the leader');
  for (const column of columns)
    doubts.push(...doubtsOf(column, acknowledged, indeterminate, acknowledged + refused + indeterminate));
  return {
    verdict: verdictOf(columns, faults, faultCount, doubts),
    doubts,
    attempted: acknowledged + refused + indeterminate,
    acknowledged,
    refused,
    indeterminate,
    columns,
    faults,
    faultCount,
  };
}

function verdictOf(
  columns: readonly LedgerColumn[],
  faults: readonly LedgerEntry[],
  faultCount: number,
  doubts: readonly string[],
): Verdict {
  if (columns.some(({ lost }) => lost > 0) || faults.some(({ fault }) => fault === 'lost')) return 'LOST';
  if (columns.some(({ duplicate, misplaced }) => duplicate + misplaced > 0) || faultCount > 0) return 'FAULTY';
  return doubts.length > 0 ? 'UNKNOWN' : 'PROVEN';
}

/** Zero lost counts only if the audit looked for exactly what was acknowledged. */
function doubtsOf(column: LedgerColumn, acknowledged: number, indeterminate: number, attempted: number): string[] {
  const doubts: string[] = [];
  const { source } = column;
  if (column.acknowledged !== acknowledged) {
    doubts.push(
      `the audit (${source}) looked for ${column.acknowledged} events, the results say that ${acknowledged} were acknowledged`,
    );
  }
  // what is misplaced or a duplicate is present too
  if (column.present + column.lost !== column.acknowledged) {
    doubts.push(
      `the audit (${source}) accounts for ${column.present} present and ${column.lost} lost of ${column.acknowledged} acknowledged events`,
    );
  }
  const undecided = column.indeterminatePresent + column.indeterminateAbsent;
  if (undecided !== indeterminate) {
    doubts.push(
      `the audit (${source}) looked for ${undecided} indeterminate events, the results have ${indeterminate}`,
    );
  }
  if (column.attempted !== undefined && column.attempted !== attempted) {
    doubts.push(`the audit (${source}) knows of ${column.attempted} appends, the results have ${attempted}`);
  }
  return doubts;
}

/** Of several runs, the worst. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const order: Verdict[] = ['LOST', 'FAULTY', 'UNKNOWN'];
  return order.find((verdict) => verdicts.includes(verdict)) ?? (verdicts.length === 0 ? 'UNKNOWN' : 'PROVEN');
}
