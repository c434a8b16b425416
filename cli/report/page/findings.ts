import type { Comparison } from '../figures/comparison';
import { decimal, ratio } from './format';

/** What the comparison says in words, a sentence a load and pair. */
export function findings(comparisons: readonly Comparison[]): string[] {
  return comparisons
    .filter(({ measure }) => measure === 'requests/s')
    .map(
      ({ cell, a, b, means, ratio: value, interval, inconclusive, runs }) =>
        `At ${cell}, ${a} served ${ratio(value)} the requests of ${b}: ${decimal(means[0])}/s against ${decimal(means[1])}/s; ${certainty(interval, inconclusive, runs)}.`,
    );
}

/** How much a ratio is worth. */
export function certainty(
  interval: readonly [number, number] | undefined,
  inconclusive: boolean,
  [a, b]: readonly [number, number],
): string {
  if (!interval) {
    const one = a === 1 && b === 1 ? 'one run each' : 'one run of a variant';
    return `inconclusive, since ${one} gives no interval`;
  }
  const text = `95 % confidence interval ${ratio(interval[0])} to ${ratio(interval[1])}`;
  return inconclusive ? `inconclusive, since the ${text} includes 1` : text;
}
