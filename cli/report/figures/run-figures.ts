import type { TextSummary } from '../read/text-summary';
import type { Histogram } from './histogram';
import type { Ledger } from './ledger';
import type { Kill, RunData } from './run-data';

/** In ms. */
export interface Latency {
  readonly count?: number;
  readonly mean?: number;
  readonly p50?: number;
  readonly p90?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
}

/** What tells whether k6 was the limit. */
export interface ClientFigures {
  readonly generators: number;
  /** between the first and the last generator's start, in ms */
  readonly startSpread?: number;
  /** requests under way on average, by Little's law: rate times mean latency */
  readonly inFlight?: number;
  readonly droppedIterations?: number;
  /** the share of k6's samples in which all users were busy */
  readonly saturated?: number;
  /** the share of users' time that is not spent in requests */
  readonly overhead?: number;
  /** the wait for a connection, 99th percentile (95th in text summaries), in ms */
  readonly blocked?: number;
  /** how long before the planned end the first generator fell silent, in s */
  readonly silentEarly?: number;
}

/** One run's figures, from raw results or from a text. */
export interface RunFigures {
  readonly name: string;
  readonly source: 'raw' | 'text';
  readonly mode: 'closed' | 'open';
  readonly users: number;
  readonly rate?: number;
  readonly killsPlanned: readonly number[];
  readonly killCount: number;
  /** what rates are over, in s */
  readonly seconds: number;
  readonly plannedSeconds?: number;
  readonly observedSeconds?: number;
  readonly warmup?: number;
  readonly requests: number;
  readonly requestRate: number;
  readonly acknowledgedRate?: number;
  readonly failed?: number;
  readonly received?: number;
  readonly sent?: number;
  readonly latency: Latency;
  /** by operation; empty in text summaries */
  readonly operations: Readonly<Record<string, Latency>>;
  readonly client: ClientFigures;
  readonly settings: Readonly<Record<string, string>>;
  readonly ledger?: Ledger;
  readonly kills: readonly Kill[];
  readonly failedKills: readonly string[];
}

export const OPERATIONS = ['create', 'append', 'read stream', 'read event'];

export function latencyOf(histogram: Histogram | undefined): Latency {
  if (!histogram || histogram.count === 0) return {};
  return {
    count: histogram.count,
    mean: histogram.mean,
    p50: histogram.quantile(0.5),
    p90: histogram.quantile(0.9),
    p95: histogram.quantile(0.95),
    p99: histogram.quantile(0.99),
    max: histogram.max,
  };
}

export function figuresOfRun(run: RunData): RunFigures {
  const { settings } = run;
  const { seconds } = run;
  const latency = latencyOf(run.http);
  const requestRate = seconds > 0 ? run.requests / seconds : 0;
  const working = run.iterations.total;
  return {
    name: run.name,
    source: 'raw',
    mode: settings.mode,
    users: settings.users ?? run.users,
    rate: settings.rate,
    killsPlanned: settings.kills,
    killCount: Math.max(run.kills.length, settings.kills.length),
    seconds,
    plannedSeconds: settings.duration,
    observedSeconds: run.observedSeconds,
    warmup: settings.warmup,
    requests: run.requests,
    requestRate,
    acknowledgedRate: seconds > 0 ? run.measured[0] / seconds : 0,
    failed: run.failed,
    received: run.received,
    sent: run.sent,
    latency,
    client: {
      generators: run.ends.length,
      startSpread:
        run.starts.length > 1 && run.starts.length === run.ends.length
          ? Math.max(...run.starts) - Math.min(...run.starts)
          : undefined,
      inFlight: latency.mean === undefined ? undefined : (requestRate * latency.mean) / 1000,
      droppedIterations: run.dropped,
      saturated: run.samples > 0 ? run.saturated / run.samples : undefined,
      overhead: working > 0 ? Math.max(0, 1 - (run.http.total + run.blocked.total) / working) : undefined,
      blocked: run.blocked.quantile(0.99),
      silentEarly: run.ends.length > 1 ? (Math.max(...run.ends) - Math.min(...run.ends)) / 1000 : undefined,
    },
    operations: Object.fromEntries(
      OPERATIONS.filter((name) => run.operations.has(name)).map((name) => [name, latencyOf(run.operations.get(name))]),
    ),
    settings: settings.same,
    ledger: run.ledger,
    kills: run.kills,
    failedKills: run.failedKills,
  };
}

export function figuresOfText(name: string, text: TextSummary): RunFigures {
  const { latency } = text;
  return {
    name,
    source: 'text',
    mode: 'closed',
    users: text.users,
    killsPlanned: [],
    killCount: 0,
    seconds: text.seconds,
    plannedSeconds: text.plannedSeconds,
    requests: text.requests,
    requestRate: text.requestRate,
    failed: text.failed,
    received: text.received,
    sent: text.sent,
    latency: {
      count: text.requests,
      mean: latency.avg,
      p50: latency.med,
      p90: latency['p(90)'],
      p95: latency['p(95)'],
      p99: latency['p(99)'],
      max: latency.max,
    },
    client: {
      generators: 1,
      inFlight: (text.requestRate * latency.avg) / 1000,
      droppedIterations: text.dropped,
      blocked: text.blockedP95,
    },
    operations: {},
    settings: {},
    kills: [],
    failedKills: [],
  };
}
