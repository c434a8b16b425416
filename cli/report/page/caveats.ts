import { type Cell, clock, sideValues, type Variant } from '../figures/cells';
import type { RunFigures } from '../figures/run-figures';
import { geometricMean } from '../figures/statistics';
import { clientDoubts } from './client';
import { decimal, list, plural, ratio, seconds } from './format';

/** A run and how to speak of it. */
interface Named {
  readonly where: string;
  readonly figures: RunFigures;
}

/** Fewer runs than this could not show a difference by their ranks alone. */
const FEW = 4;
/** Twice the users that bring less than this have met a limit. */
const PLATEAU = 1.1;

/** What a reader must know before believing the figures. */
export function caveats(variants: readonly Variant[], cells: readonly Cell[]): string[] {
  const runs = cells.flatMap(({ title, sides }) =>
    sides.flatMap(({ variant, runs: own }) =>
      own.map(({ figures }): Named => ({ where: `${variant} at ${title}, ${figures.name}`, figures })),
    ),
  );
  return [
    ...lengths(cells),
    ...runs.flatMap(cutShort),
    ...repetitions(cells),
    ...warmups(runs),
    ...cells.flatMap(differences),
    ...lonely(variants, cells),
    ...runs.flatMap(missedKills),
    ...runs.flatMap(({ where, figures }) => clientDoubts(figures).map((doubt) => `${where}: ${doubt}.`)),
    ...variants.flatMap(({ name }) => plateaus(name, cells)),
    ...texts(runs),
  ];
}

/** How long runs lasted: 2017's 1000 users had two minutes, and were compared with five. */
function lengths(cells: readonly Cell[]): string[] {
  const texts = cells.map(({ sides }) => {
    const all = sides.flatMap(({ runs }) => runs.map(({ figures }) => Math.round(figures.seconds)));
    return list([...new Set(all)].sort((a, b) => a - b).map((length) => `${length} s`));
  });
  const count = (text: string) => texts.filter((other) => other === text).length;
  const usual = [...texts].sort((a, b) => count(b) - count(a))[0];
  const unusual = cells.filter((_, i) => texts[i] !== usual);
  if (unusual.length === 0) return [`All runs lasted ${usual}.`];
  return [
    ...unusual.map((cell) => `The runs at ${cell.title} lasted ${texts[cells.indexOf(cell)]}.`),
    `Those at all other loads lasted ${usual}.`,
  ];
}

function cutShort({ where, figures }: Named): string[] {
  const { source, plannedSeconds, observedSeconds, seconds: length } = figures;
  const lasted = source === 'text' ? length : observedSeconds;
  if (plannedSeconds === undefined || lasted === undefined || lasted >= 0.95 * plannedSeconds) return [];
  return [`${where}: lasted ${seconds(lasted)} of the ${seconds(plannedSeconds)} that were asked for.`];
}

function repetitions(cells: readonly Cell[]): string[] {
  const compared = cells.filter(({ sides }) => sides.length > 1);
  const fewest = ({ sides }: Cell) => Math.min(...sides.map(({ runs }) => runs.length));
  const single = compared.filter((cell) => fewest(cell) === 1);
  const few = compared.filter((cell) => fewest(cell) > 1 && fewest(cell) < FEW);
  const at = (some: readonly Cell[]) =>
    some.length === compared.length ? 'at every load' : `at ${list(some.map(({ title }) => title))}`;
  return [
    ...(single.length > 0
      ? [
          `One run only of at least one variant ${at(single)}: one run has no confidence interval, so no difference there can be told from chance.`,
        ]
      : []),
    ...(few.length > 0
      ? [
          `Fewer than ${FEW} runs of at least one variant ${at(few)}: the intervals there rest on the assumption that runs scatter normally, which so few cannot show.`,
        ]
      : []),
  ];
}

function warmups(runs: readonly Named[]): string[] {
  const cold = runs.filter(({ figures }) => !figures.warmup).length;
  if (cold === 0) return [];
  const which = cold === runs.length ? 'No run has' : `${plural(cold, 'run')} of ${runs.length} have no`;
  return [`${which} ${cold === runs.length ? 'a ' : ''}warm-up that is known of: figures include the first requests.`];
}

/** Settings in which variants differ, apart from what they are named for. */
function differences({ title, sides }: Cell): string[] {
  const [first, ...others] = sides.map(({ variant, runs: [{ figures }] }) => ({
    variant,
    settings: {
      ...figures.settings,
      ...(figures.source === 'text' && { length: clock(Math.round(figures.seconds)) }),
    } as Record<string, string>,
  }));
  return others.flatMap((other) => {
    const names = [...new Set([...Object.keys(first.settings), ...Object.keys(other.settings)])];
    const unequal = names.filter((name) => first.settings[name] !== other.settings[name]);
    if (unequal.length === 0) return [];
    const value = (settings: Record<string, string>, name: string) => settings[name] ?? 'unset';
    const what = unequal.map(
      (name) => `${name} (${value(first.settings, name)} against ${value(other.settings, name)})`,
    );
    return [`At ${title}, ${first.variant} and ${other.variant} differ in more than their names: ${list(what)}.`];
  });
}

function lonely(variants: readonly Variant[], cells: readonly Cell[]): string[] {
  if (variants.length < 2) return ['There is one variant: nothing to compare it with.'];
  return cells
    .filter(({ sides }) => sides.length < variants.length)
    .map(({ title, sides }) => `At ${title} there are runs of ${list(sides.map(({ variant }) => variant))} only.`);
}

function missedKills({ where, figures: { source, killsPlanned, kills, failedKills } }: Named): string[] {
  const missed = source === 'raw' && kills.length < killsPlanned.length;
  return [
    ...failedKills.map((reason) => `${where}: a kill failed, ${reason}.`),
    ...(missed ? [`${where}: ${kills.length} of ${plural(killsPlanned.length, 'planned kill')} happened.`] : []),
  ];
}

/** More users without more requests: the limit is elsewhere, and may be the client. */
function plateaus(name: string, cells: readonly Cell[]): string[] {
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
    if (users < 2 * before.users || rate > PLATEAU * before.rate) return [];
    return [
      `${name}: from ${before.users} to ${users} users requests went from ${decimal(before.rate)}/s to ${decimal(rate)}/s (${ratio(rate / before.rate)}), so something else than the number of users is the limit: the servers, the way to them, or the client.`,
    ];
  });
}

function texts(runs: readonly Named[]): string[] {
  const count = runs.filter(({ figures }) => figures.source === 'text').length;
  if (count === 0) return [];
  const which = count === runs.length ? 'All runs are' : `${plural(count, 'run')} of ${runs.length} are`;
  return [
    `${which} known from k6's text summary alone: it has no operations, error classes, times or ledger, and its rates include start and end.`,
  ];
}
