import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { CommandModule, Options } from 'yargs';
import { EventStoreRelease } from '../../lib';
import { requireNumbers, requireVariant } from '../../lib/benchmark/load-test-rules';
import type { Settings } from '../../lib/benchmark/settings';
import { EventStoreError } from '../../lib/errors';
import type { Given } from '../config-file';
import { auditFolder } from './audit';
import { flag, K6, MEMBERS, membersOf, requireUrl, URL_FLAG } from './bench-flags';
import { nextRun } from './folder';
import { requireSuccess, runK6 } from './k6';
import { parsePlan } from './plan';

/** The keys of `--benchmark` that mean something without Kubernetes. */
const SHARED = ['users', 'rate', 'duration', 'warmup', 'events', 'retries', 'timeout', 'door', 'reads', 'variant'];

const OPTIONS: Record<string, Options> = {
  url: URL_FLAG,
  members: MEMBERS,
  users: flag('users; with --rate, the most that may be busy', '10'),
  rate: flag('iterations to start in a second: the open model', 'the closed model'),
  duration: flag('how long is measured', '30s'),
  warmup: flag('how long the load runs before that', '5s'),
  events: flag('events of a stream', '10'),
  retries: flag('how often an append without an answer is repeated', '0'),
  timeout: flag('after which time a request is given up', '10s'),
  door: flag('service: --url; leader: whichever of --members leads', 'service'),
  reads: flag('whose answer reads ask for: any | leader', 'any'),
  variant: flag('what the report calls it', 'local'),
  'server-version': flag('the line or version that runs', EventStoreRelease.DEFAULT_LINE),
  out: flag("the variant's folder: the run goes into run-1, run-2, … in it", 'results/<variant>'),
  k6: K6,
};

/** `npm run bench`: the load test's script with this machine's k6. */
export const benchCommand: CommandModule = {
  command: 'bench',
  describe: 'run the load test from this machine against any cluster',
  builder: (yargs) =>
    yargs
      .usage(
        'npm run bench -- --url http://127.0.0.1:2113 [flags]\n\nRuns the load test with the k6 of this machine, then reads every acknowledged event back.',
      )
      .options(OPTIONS)
      .demandOption('url')
      .example('npm run bench -- --url http://127.0.0.1:2113 --users 10 --duration 1m', 'ten users for a minute'),
  handler: (argv) => bench(argv as Given),
};

function bench(argv: Given): void {
  const text = (name: string) => argv[name] as string | undefined;
  const settings = settingsOf(argv);
  const program = text('k6') ?? 'k6';
  const folder = nextRun(text('out') ?? join('results', settings.variant));
  const load = runK6({
    program,
    script: 'load',
    settings,
    results: folder,
    log: 'ledger-1.log',
    arguments: ['--out', `json=${join(folder, 'shard-1.ndjson.gz')}`],
    environment: { RUN: randomUUID().slice(0, 8), ANSWER_MS: '5000' },
  });
  requireSuccess('load', load, folder);
  auditFolder(folder, settings, program);
  process.stdout.write(`results are in ${folder}\n`);
}

function settingsOf(argv: Given): Settings {
  const text = (name: string) => argv[name] as string | undefined;
  const given = SHARED.filter((name) => text(name) !== undefined).map((name) => `${name}=${text(name)}`);
  const plan = given.length > 0 ? parsePlan(given.join(','), 'es') : {};
  const members = membersOf(text('members'));
  if (plan.door === 'frontend')
    throw new EventStoreError('ES546', 'the door must be service or leader, got frontend: give its address as --url');
  if (plan.door === 'leader' && Object.keys(members).length === 0) {
    throw new EventStoreError(
      'ES546',
      'the door "leader" needs --members, got none: without them nobody knows who leads',
    );
  }
  const numbers = {
    users: plan.users ?? 10,
    ...(plan.rate !== undefined && { rate: plan.rate }),
    warmup: plan.warmup ?? 5,
    duration: plan.duration ?? 30,
    events: plan.events ?? 10,
    retries: plan.retries ?? 0,
    timeout: plan.timeout ?? 10,
    generators: 1,
  };
  requireNumbers(numbers);
  requireVariant(plan.variant);
  return {
    variant: plan.variant ?? 'local',
    url: requireUrl('--url', text('url') ?? ''),
    target: plan.door ?? 'service',
    members,
    mediaTypes: EventStoreRelease.of(text('server-version') ?? EventStoreRelease.DEFAULT_LINE).mediaTypePrefix,
    mode: plan.rate === undefined ? 'closed' : 'open',
    ...numbers,
    reads: plan.reads ?? 'any',
  };
}
