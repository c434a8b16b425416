import type { RunFigures } from '../figures/run-figures';
import { decimal, percent, plural, seconds } from './format';

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
