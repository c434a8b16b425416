import { sleep } from 'k6';
import exec from 'k6/execution';
import { Gauge } from 'k6/metrics';
import type { Options } from 'k6/options';
import type { Settings } from '../settings';
import { RESULTS, RUN, readSettings, SHARD } from './environment';
import { info } from './members';
import { agreeOnStart, startGauges, waitUntil } from './start';
import { summaryText } from './summary';
import { iterate } from './user';

/** A new pod's way to the database may take a while to open; a person who mistyped an address is told soon. */
const ANSWER_MS = __ENV.ANSWER_MS ? Number(__ENV.ANSWER_MS) : 60_000;

const settings = readSettings<Settings>();
const gauges = startGauges();
const loadStart = new Gauge('es_load_start');

/** When the parts of the load begin and end, in ms since 1970, and which server said hello. */
interface Plan {
  readonly start: number;
  readonly main: number;
  readonly end: number;
  readonly server: string;
}

const { generators, timeout } = settings;
const whole = `${settings.warmup + settings.duration}s`;
const common = { duration: whole, gracefulStop: `${2 * timeout * (1 + settings.retries) + 5}s` };

export const options: Options = {
  scenarios: {
    load:
      settings.mode === 'closed'
        ? { executor: 'constant-vus', vus: settings.users, ...common }
        : {
            executor: 'constant-arrival-rate',
            rate: settings.rate!,
            timeUnit: '1s',
            preAllocatedVUs: settings.users,
            maxVUs: settings.users,
            ...common,
          },
  },
  ...(generators > 1 && {
    executionSegment: `${SHARD - 1}/${generators}:${SHARD}/${generators}`,
    executionSegmentSequence: Array.from({ length: generators + 1 }, (_, i) => `${i}/${generators}`).join(','),
  }),
  discardResponseBodies: true,
  // a member's Service keeps its name and changes its address, and k6 never reads a record's time to live
  dns: { ttl: '1s', select: 'roundRobin', policy: 'preferIPv4' },
  setupTimeout: '20m',
  systemTags: ['status', 'method', 'name', 'error_code', 'expected_response'],
  summaryTrendStats: ['med', 'p(90)', 'p(95)', 'p(99)', 'max', 'count'],
};

export function setup(): Plan {
  let server: string | undefined;
  for (const since = Date.now(); !server && Date.now() - since < ANSWER_MS; sleep(1)) {
    server = info(settings.url)?.esVersion;
  }
  if (!server) exec.test.abort(`no database answers at ${settings.url}/info`);
  const start = agreeOnStart(gauges, generators, settings.peers);
  waitUntil(start);
  const main = start + settings.warmup * 1000;
  return { start, main, end: main + settings.duration * 1000, server: server ?? '' };
}

export default function load({ main, end }: Plan): void {
  // for the proof that generators start together
  if (exec.scenario.iterationInInstance === 0) loadStart.add(exec.scenario.startTime, { shard: String(SHARD) });
  const stream = `bench-${RUN}-${SHARD}-${exec.vu.idInInstance}-${exec.vu.iterationInInstance}`;
  iterate({ settings, stream, main, end });
}

export function handleSummary(data: {
  setup_data?: Plan;
  metrics: Record<string, { values: Record<string, number> }>;
}) {
  const { setup_data: plan } = data;
  if (!plan) return { stdout: 'the load did not start\n' };
  const { peers: _, ...known } = settings;
  const time = (ms: number) => new Date(ms).toISOString();
  const run = {
    ...known,
    run: RUN,
    server: plan.server,
    start: time(plan.start),
    main: time(plan.main),
    end: time(plan.end),
  };
  return {
    stdout: summaryText(data.metrics),
    ...(SHARD === 1 && { [`${RESULTS}/run.json`]: `${JSON.stringify(run, null, 2)}\n` }),
  };
}
