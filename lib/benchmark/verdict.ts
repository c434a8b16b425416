import type { Entry } from './ledger';

/** An event as a member has it. */
export interface Found {
  readonly id: string;
  readonly number: number;
}

/** What is wrong with one event. */
export interface Exception {
  /** `unexpected`: nobody was told that it is there; the audit's end looks whether it is missed elsewhere. */
  readonly kind: 'lost' | 'duplicate' | 'misplaced' | 'unexpected';
  readonly event: string;
  /** Where the acknowledgement said that it is. */
  readonly expected?: number;
  /** Where it is. */
  readonly found: readonly number[];
}

/** One stream on one member, beside the ledger. */
export interface Verdict {
  readonly present: number;
  readonly indeterminatePresent: number;
  readonly indeterminateAbsent: number;
  readonly exceptions: readonly Exception[];
}

/**
 * An acknowledged event is present or lost. A present one may also be misplaced (not at the number that was
 * acknowledged) or a duplicate (there more than once); so may an indeterminate one be a duplicate.
 */
export function judge(entries: readonly Entry[], events: readonly Found[]): Verdict {
  const places = new Map<string, number[]>();
  for (const { id, number } of events) places.set(id, [...(places.get(id) ?? []), number]);
  const exceptions: Exception[] = [];
  let present = 0;
  let indeterminatePresent = 0;
  let indeterminateAbsent = 0;
  for (const { id, outcome, number } of entries) {
    const found = places.get(id) ?? [];
    if (outcome === 'refused') continue; // where it is there nevertheless it is unexpected
    places.delete(id);
    const exception = { event: id, expected: number, found };
    if (outcome === 'acknowledged') {
      if (found.length > 0) present++;
      else exceptions.push({ kind: 'lost', ...exception });
      if (found.length > 0 && number !== undefined && !found.includes(number)) {
        exceptions.push({ kind: 'misplaced', ...exception });
      }
    } else if (found.length > 0) indeterminatePresent++;
    else indeterminateAbsent++;
    if (found.length > 1) exceptions.push({ kind: 'duplicate', ...exception });
  }
  for (const [event, found] of places) exceptions.push({ kind: 'unexpected', event, found });
  return { present, indeterminatePresent, indeterminateAbsent, exceptions };
}
