import { type Cell, clock } from '../figures/cells';
import { recoveriesOf } from '../figures/recovery';
import { type Block, type Chart, heading, paragraph, table } from './document';
import { decimal, integer, NONE, seconds, time } from './format';
import { killChart, runChart } from './time-charts';

/** What each kill cost, and pictures of it. */
export function kills(cells: readonly Cell[], variants: readonly string[]): Block[] {
  const rows = cells.flatMap(({ title, sides }) =>
    sides.flatMap(({ variant, runs }) =>
      runs.flatMap(({ figures, data }) =>
        (data ? recoveriesOf(data) : []).map(
          ({ kill, at, gap, open, before, recovered, deficit, refused, indeterminate, errors }, i) => [
            title,
            variant,
            figures.name,
            String(i + 1),
            clock(at),
            kill.pod,
            kill.role ?? NONE,
            `${time(gap)}${open ? ' and no end' : ''}`,
            kill.readyAfter === undefined ? 'not seen' : seconds(kill.readyAfter),
            before === undefined ? NONE : `${decimal(before)}/s`,
            recovered === undefined ? 'not within the minute' : seconds(recovered),
            deficit === undefined ? NONE : integer(deficit),
            integer(refused),
            integer(indeterminate),
            integer(errors),
          ],
        ),
      ),
    ),
  );
  const charts = cells.flatMap((cell) => {
    const most = Math.max(0, ...cell.sides.flatMap(({ runs }) => runs.map(({ data }) => data?.kills.length ?? 0)));
    return [runChart(cell, variants), ...Array.from({ length: most }, (_, i) => killChart(cell, i, variants))];
  });
  const shown = charts.filter((chart): chart is Chart => chart !== undefined);
  if (rows.length === 0) return shown.length === 0 ? [] : [heading(2, 'Over time'), ...shown];
  return [
    heading(2, 'Recovery after each kill'),
    paragraph(
      'The gap is the longest time without an acknowledged write, measured to the millisecond, of all that touch the minute after the kill (or what comes before the next kill or the end). Back means: 90 % of the 30 s before, for five seconds. The deficit is what that rate would have brought and did not come.',
    ),
    table(
      [
        'load',
        'variant',
        'run',
        'kill #',
        'at #',
        'pod',
        'role',
        'gap #',
        'Ready after #',
        'before #',
        'back after #',
        'deficit #',
        'refused #',
        'indeterminate #',
        'errors #',
      ],
      rows,
    ),
    ...shown,
  ];
}
