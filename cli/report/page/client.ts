import type { Cell } from '../figures/cells';
import type { RunFigures } from '../figures/run-figures';
import { type Block, heading, paragraph, table } from './document';
import { decimal, integer, NONE, percent, plural, seconds, time } from './format';

/** How far a closed load's users must be waiting for answers: below, k6 or the machine it runs on takes their time. */
const BUSY = 0.9;
/** Time that users spend outside of requests. */
const IDLE = 0.1;
/** Generators that start further apart than this, in ms, do not load together. */
const APART = 1000;
/** A generator that ends so much before the last one, in s, has failed. */
const SILENT = 10;

/** Signs that k6 or its machine was the limit, not the server. */
export function clientDoubts({ mode, users, client }: RunFigures): string[] {
  const { inFlight, droppedIterations, saturated, overhead, startSpread, silentEarly } = client;
  const doubts: string[] = [];
  if (mode === 'closed' && inFlight !== undefined && inFlight < BUSY * users) {
    doubts.push(
      `on average ${decimal(inFlight)} of ${users} users waited for an answer, so the client may have been the limit`,
    );
  }
  if (overhead !== undefined && overhead > IDLE) {
    doubts.push(`users spent ${percent(overhead)} of their time outside of requests`);
  }
  if (droppedIterations) {
    doubts.push(`k6 dropped ${plural(droppedIterations, 'iteration')}, so the load was lower than asked for`);
  }
  if (mode === 'open' && saturated) {
    doubts.push(
      `all users were busy in ${percent(saturated)} of k6's samples, so latency is not that of the asked rate`,
    );
  }
  if (startSpread !== undefined && startSpread > APART) {
    doubts.push(`generators started ${seconds(startSpread / 1000)} apart`);
  }
  if (silentEarly !== undefined && silentEarly > SILENT) {
    doubts.push(`a generator fell silent ${seconds(silentEarly)} before the last one`);
  }
  return doubts;
}

export function clientProof(cells: readonly Cell[]): Block[] {
  const rows = cells.flatMap(({ title, sides }) =>
    sides.flatMap(({ variant, runs }) =>
      runs.map(({ figures }) => {
        const { client: c, mode, users } = figures;
        const doubts = clientDoubts(figures);
        const known = c.overhead !== undefined || c.inFlight !== undefined;
        return [
          title,
          variant,
          figures.name,
          String(c.generators),
          c.startSpread === undefined ? NONE : time(c.startSpread),
          `${decimal(c.inFlight)} of ${users}`,
          integer(c.droppedIterations),
          mode === 'closed' ? 'by design' : percent(c.saturated),
          percent(c.overhead),
          time(c.blocked),
          doubts.length > 0 ? doubts.join('; ') : known ? 'no sign of it' : 'not known',
        ];
      }),
    ),
  );
  return [
    heading(2, 'Was the client the limit?'),
    paragraph(
      'Users in flight are requests a second times their mean latency: in a closed load nearly all users must be waiting for the server. k6’s own CPU is not in its results: look at the generators’ pods for that.',
    ),
    table(
      [
        'load',
        'variant',
        'run',
        'generators #',
        'started within #',
        'in flight #',
        'dropped iterations #',
        'all users busy #',
        'outside of requests #',
        'wait for a connection, p99 (text: p95) #',
        'sign that it was',
      ],
      rows,
    ),
  ];
}
