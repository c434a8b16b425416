import { type Cell, type CellSide, clock, sideValues, type Variant } from '../figures/cells';
import type { Comparison } from '../figures/comparison';
import type { RunFigures } from '../figures/run-figures';
import { geometricMean } from '../figures/statistics';
import { decimal, list, percent, plural, ratio, seconds } from './format';

/** How far a closed load's users must be waiting for answers: below, k6 or the machine it runs on takes their time. */
const BUSY = 0.9;
/** Time that users spend outside of requests. */
const IDLE = 0.1;
/** Generators that start further apart than this, in ms, do not load together. */
const APART = 1000;

/** What the comparison says in words, a sentence a load and pair. */
export function findings(comparisons: readonly Comparison[]): string[] {
  return comparisons
    .filter(({ measure }) => measure === 'requests/s')
    .map(
      ({ cell, a, b, means, ratio: value, interval, inconclusive, runs }) =>
        `At ${cell}, ${a} served ${ratio(value)} the requests of ${b}: ${decimal(means[0])}/s against ${decimal(means[1])}/s; ${certainty(interval, inconclusive, runs)}.`,
    );
}

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

/** What a reader must know before believing the figures. */
export function caveats(variants: readonly Variant[], cells: readonly Cell[]): string[] {
  return [
    ...lengths(cells),
    ...repetitions(cells),
    ...warmups(cells),
    ...differences(cells),
    ...lonely(variants, cells),
    ...cells.flatMap(({ title, sides }) =>
      sides.flatMap(({ variant, runs }) =>
        runs.flatMap(({ figures }) =>
          clientDoubts(figures).map((doubt) => `${variant} at ${title}, ${figures.name}: ${doubt}.`),
        ),
      ),
    ),
    ...plateaus(variants, cells),
    ...texts(cells),
  ];
}

/** How long runs lasted, and which were cut short. */
function lengths(cells: readonly Cell[]): string[] {
  const lengthOf = ({ sides }: Cell) =>
    [
      ...new Set(
        allRuns(sides).map((run) =>
          Math.round(run.observedSeconds && !run.plannedSeconds ? run.observedSeconds : run.seconds),
        ),
      ),
    ].sort((a, b) => a - b);
  const texts = cells.map((cell) => list(lengthOf(cell).map((length) => `${length} s`)));
  const count = (text: string) => texts.filter((other) => other === text).length;
  const usual = [...texts].sort((a, b) => count(b) - count(a))[0];
  const unusual = cells.filter((_, i) => texts[i] !== usual);
  const sentences =
    unusual.length === 0
      ? [`All runs lasted ${usual}.`]
      : [
          ...unusual.map((cell) => `The runs at ${cell.title} lasted ${texts[cells.indexOf(cell)]}.`),
          `Those at all other loads lasted ${usual}.`,
        ];
  const short = cells.flatMap(({ title, sides }) =>
    sides.flatMap(({ variant, runs }) =>
      runs.flatMap(({ figures: { name, source, plannedSeconds, observedSeconds, seconds: length } }) => {
        const lasted = source === 'text' ? length : observedSeconds;
        return plannedSeconds !== undefined && lasted !== undefined && lasted < 0.95 * plannedSeconds
          ? [
              `${variant} at ${title}, ${name}: lasted ${seconds(lasted)} of the ${seconds(plannedSeconds)} that were asked for.`,
            ]
          : [];
      }),
    ),
  );
  return [...sentences, ...short];
}

function repetitions(cells: readonly Cell[]): string[] {
  const single = cells.filter(({ sides }) => sides.some(({ runs }) => runs.length === 1));
  if (single.length === 0) return [];
  const where =
    single.length === cells.length
      ? 'There is one run only of at least one variant at every load'
      : `There is one run only of at least one variant at ${list(single.map(({ title }) => title))}`;
  return [`${where}: one run has no confidence interval, so no difference there can be told from chance.`];
}

function warmups(cells: readonly Cell[]): string[] {
  const runs = cells.flatMap(({ sides }) => allRuns(sides));
  const cold = runs.filter(({ warmup }) => !warmup);
  if (cold.length === 0) return [];
  return [
    `${cold.length === runs.length ? 'No run' : `Of ${plural(runs.length, 'run')}, ${runs.length - cold.length}`} cut off a warm-up that is known: figures include the first requests.`,
  ];
}

/** Settings in which variants differ, apart from what they are named for. */
function differences(cells: readonly Cell[]): string[] {
  return cells.flatMap(({ title, sides }) => {
    const [first, ...others] = sides.map(({ variant, runs }) => ({
      variant,
      settings: { ...lengthSetting(runs[0].figures), ...runs[0].figures.settings },
    }));
    return others.flatMap((other) => {
      const names = [...new Set([...Object.keys(first.settings), ...Object.keys(other.settings)])];
      const unequal = names.filter((name) => first.settings[name] !== other.settings[name]);
      if (unequal.length === 0) return [];
      const what = unequal.map(
        (name) => `${name} (${first.settings[name] ?? 'unset'} against ${other.settings[name] ?? 'unset'})`,
      );
      return [`At ${title}, ${first.variant} and ${other.variant} differ in more than their names: ${list(what)}.`];
    });
  });
}

function lengthSetting({ source, seconds: length }: RunFigures): Record<string, string> {
  return source === 'text' ? { length: clock(Math.round(length)) } : {};
}

function lonely(variants: readonly Variant[], cells: readonly Cell[]): string[] {
  if (variants.length < 2) return ['There is one variant: nothing to compare it with.'];
  return cells
    .filter(({ sides }) => sides.length < variants.length)
    .map(({ title, sides }) => `At ${title} there are runs of ${list(sides.map(({ variant }) => variant))} only.`);
}

/** Signs that k6 or its machine was the limit, not the server. */
export function clientDoubts({ mode, users, client }: RunFigures): string[] {
  const { inFlight, droppedIterations, saturated, overhead, startSpread, silentEarly } = client;
  const doubts: string[] = [];
  if (mode === 'closed' && inFlight !== undefined && inFlight < BUSY * users) {
    doubts.push(
      `on average ${decimal(inFlight)} of ${users} users waited for an answer, so the client may have been the limit`,
    );
  }
  if (overhead !== undefined && overhead > IDLE)
    doubts.push(`users spent ${percent(overhead)} of their time outside of requests`);
  if (droppedIterations)
    doubts.push(`k6 dropped ${plural(droppedIterations, 'iteration')}, so the load was lower than asked for`);
  if (mode === 'open' && saturated)
    doubts.push(
      `all users were busy in ${percent(saturated)} of k6's samples, so latency is not that of the asked rate`,
    );
  if (startSpread !== undefined && startSpread > APART)
    doubts.push(`generators started ${seconds(startSpread / 1000)} apart`);
  if (silentEarly !== undefined && silentEarly > 10)
    doubts.push(`a generator fell silent ${seconds(silentEarly)} before the last one`);
  return doubts;
}

/** More users without more requests: the limit is elsewhere, and may be the client. */
function plateaus(variants: readonly Variant[], cells: readonly Cell[]): string[] {
  return variants.flatMap(({ name }) => {
    const steps = cells.flatMap(({ sides }) => {
      const side = sides.find(({ variant }) => variant === name);
      const figures = side?.runs[0].figures;
      if (!side || !figures || figures.mode !== 'closed' || figures.killCount > 0) return [];
      const rates = sideValues(side, (run) => run.requestRate);
      return rates?.every((rate) => rate > 0) ? [{ users: figures.users, rate: geometricMean(rates) }] : [];
    });
    steps.sort((a, b) => a.users - b.users);
    return steps.slice(1).flatMap(({ users, rate }, i) => {
      const before = steps[i];
      if (users < 2 * before.users || rate > 1.1 * before.rate) return [];
      return [
        `${name}: from ${before.users} to ${users} users requests went to ${ratio(rate / before.rate)} only (${decimal(before.rate)}/s, ${decimal(rate)}/s), so something else than the number of users is the limit: the servers, the way to them, or the client.`,
      ];
    });
  });
}

function texts(cells: readonly Cell[]): string[] {
  const runs = cells.flatMap(({ sides }) => allRuns(sides));
  const count = runs.filter(({ source }) => source === 'text').length;
  if (count === 0) return [];
  return [
    `${count === runs.length ? 'All runs are' : `${plural(count, 'run')} of ${runs.length} are`} known from k6's text summary alone: it has no operations, error classes, times or ledger, and its rates include start and end.`,
  ];
}

function allRuns(sides: readonly CellSide[]): RunFigures[] {
  return sides.flatMap(({ runs }) => runs.map(({ figures }) => figures));
}
