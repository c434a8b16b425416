import type { Variant } from '../figures/cells';
import { type Ledger, type Verdict, worst } from '../figures/ledger';
import type { Banner } from './document';
import { integer, list, plural } from './format';

/** Exit codes: what CI must stop at. */
export const EXIT_CODES: Record<Verdict, number> = { PROVEN: 0, LOST: 1, FAULTY: 1, UNKNOWN: 2 };

interface Judged {
  readonly where: string;
  readonly ledger: Ledger | undefined;
}

/** Text summaries have no ledger, so nothing is known of what was acknowledged. */
export function verdictOf(variants: readonly Variant[]): Verdict {
  return worst(judged(variants).map(({ ledger }) => ledger?.verdict ?? 'UNKNOWN'));
}

/** The first thing that a reader sees. */
export function verdictBanner(variants: readonly Variant[]): Banner {
  const runs = judged(variants);
  const verdict = verdictOf(variants);
  if (verdict === 'LOST' || verdict === 'FAULTY') return lost(runs);
  return verdict === 'PROVEN' ? proven(runs) : unknown(runs);
}

function judged(variants: readonly Variant[]): Judged[] {
  return variants.flatMap(({ name, runs }) =>
    runs.map(({ figures }) => ({ where: `${name} ${figures.name}`, ledger: figures.ledger })),
  );
}

function lost(runs: readonly Judged[]): Banner {
  const faulty = runs.filter(({ ledger }) => ledger?.verdict === 'LOST' || ledger?.verdict === 'FAULTY');
  // an event that three members lack is one event
  const most = (ledger: Ledger | undefined, kind: 'lost' | 'misplaced' | 'duplicate') =>
    Math.max(0, ...(ledger?.columns.map((column) => column[kind]) ?? []));
  const total = (kind: 'lost' | 'misplaced' | 'duplicate') =>
    faulty.reduce((sum, { ledger }) => sum + most(ledger, kind), 0);
  const events = total('lost');
  const lead =
    events > 0
      ? `LOST: ${plural(events, 'acknowledged event')} cannot be read back.`
      : 'FAULTY: acknowledged events are not as they were acknowledged.';
  const where = faulty.map(
    ({ where: name, ledger }) =>
      `${name}: ${integer(most(ledger, 'lost'))} lost, ${integer(most(ledger, 'misplaced'))} misplaced, ${integer(most(ledger, 'duplicate'))} stored twice, of ${integer(ledger?.acknowledged)} acknowledged`,
  );
  return { kind: 'banner', tone: 'red', lead, text: `${where.join('; ')}.` };
}

function unknown(runs: readonly Judged[]): Banner {
  const open = runs.filter(({ ledger }) => (ledger?.verdict ?? 'UNKNOWN') === 'UNKNOWN');
  const reasons = new Map<string, string[]>();
  for (const { where, ledger } of open) {
    for (const doubt of ledger?.doubts ?? ['a text summary has no ledger']) {
      reasons.set(doubt, [...(reasons.get(doubt) ?? []), where]);
    }
  }
  const texts = [...reasons].map(
    ([doubt, names]) => `${doubt} (${names.length > 3 ? plural(names.length, 'run') : list(names)})`,
  );
  return {
    kind: 'banner',
    tone: 'grey',
    lead: 'UNKNOWN: whether every acknowledged event survived is not proven.',
    text: `${texts.map((text) => text[0].toUpperCase() + text.slice(1)).join('. ')}.`,
  };
}

function proven(runs: readonly Judged[]): Banner {
  const events = runs.reduce((sum, { ledger }) => sum + (ledger?.acknowledged ?? 0), 0);
  const sources = [...new Set(runs.flatMap(({ ledger }) => ledger?.columns.map(({ source }) => source) ?? []))];
  return {
    kind: 'banner',
    tone: 'green',
    lead: `0 lost: all ${integer(events)} acknowledged events were read back.`,
    text: `Asked were ${list(sources)}, after ${plural(runs.length, 'run')}.`,
  };
}
