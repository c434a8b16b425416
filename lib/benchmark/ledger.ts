import type { Outcome } from './outcome';

/** An event that a user tried to append. */
export interface Entry {
  readonly id: string;
  readonly outcome: Outcome;
  /** Where the acknowledgement says it is. */
  readonly number?: number;
}

/** A line of the ledger: a stream and what became of its events, such as `s-1 5f…:a:0 9c…:i`. */
export function ledgerLine(stream: string, entries: readonly Entry[]): string {
  return [
    stream,
    ...entries.map(({ id, outcome, number }) => `${id}:${outcome[0]}${number === undefined ? '' : `:${number}`}`),
  ].join(' ');
}

const OUTCOMES: Record<string, Outcome> = { a: 'acknowledged', r: 'refused', i: 'indeterminate' };

/** Throws where the line is none of the ledger's, such as one that was cut off. */
export function parseLedgerLine(line: string): { stream: string; entries: Entry[] } {
  const [stream, ...rest] = line.split(' ');
  const entries = rest.map((text): Entry => {
    const [id, letter, number] = text.split(':');
    const outcome = OUTCOMES[letter];
    if (!outcome || id.length !== 36 || (outcome === 'acknowledged') !== /^\d+$/.test(number ?? '')) {
      throw new Error(`not a line of the ledger: ${line}`);
    }
    return { id, outcome, ...(number !== undefined && { number: Number(number) }) };
  });
  if (!stream || entries.length === 0) throw new Error(`not a line of the ledger: ${line}`);
  return { stream, entries };
}
