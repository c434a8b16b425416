import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { EventStoreError } from '../../lib/errors';
import type { Given } from '../config-file';
import { flag } from './bench-flags';
import { nextRun, readRun } from './folder';
import { type Kubectl, kubectl, pause, succeed } from './kubectl';
import { mergeAudits } from './merge-audit';
import { type BenchmarkPod, benchmarkPods, stateOf } from './pods';

const POLL_MS = 2000;
const ATTEMPTS = 3;

/** `npm run bench:fetch`: waits for the load test in Kubernetes and brings its results here. */
export const fetchCommand: CommandModule = {
  command: 'bench-fetch',
  describe: 'wait for the load test in Kubernetes and fetch its results',
  builder: (yargs) =>
    yargs
      .usage(
        'npm run bench:fetch -- --out results/pod [flags]\n\nWaits until the load test, its audit and its kills are done, fetches the results and lets the pods end.',
      )
      .options({
        out: { ...flag("the variant's folder: the run goes into run-1, run-2, … in it"), demandOption: true },
        name: flag("the cluster's name", 'es'),
        namespace: flag('its namespace', 'eventstore'),
        context: flag("kubectl's context", 'the current one'),
        timeout: flag('how many minutes to wait', '120'),
        keep: { type: 'boolean', describe: 'leave the pods waiting, to fetch again' },
      })
      .example('npm run bench:fetch -- --out results/pod', 'results/pod/run-1'),
  handler: (argv) => {
    const given = argv as Given;
    const text = (name: string) => given[name] as string | undefined;
    const how = { program: 'kubectl', context: text('context'), namespace: text('namespace') ?? 'eventstore' };
    const minutes = Number(text('timeout') ?? '120');
    if (!(minutes > 0)) {
      throw new EventStoreError('ES005', `--timeout must be minutes, got ${JSON.stringify(text('timeout'))}`);
    }
    fetchResults(how, text('name') ?? 'es', text('out')!, minutes * 60_000, given.keep === true);
  },
};

function fetchResults(how: Kubectl, cluster: string, out: string, patience: number, keep: boolean): void {
  const ended = waitForAll(how, cluster, patience);
  const pods = ended.map(({ pod }) => pod);
  const generators = pods.filter(({ killer }) => !killer);
  const folder = nextRun(out);
  for (const pod of generators) fetchGenerator(how, pod, folder);
  mergeAudits(
    folder,
    generators.map(({ shard }) => shard),
  );
  const killers = pods.filter(({ killer }) => killer);
  // there is none where the first load has failed, which is said below
  if (killers.length > 0 && existsSync(join(folder, 'run.json'))) fetchKills(how, killers, folder);
  if (!keep) {
    for (const { name, phase } of generators) {
      if (phase === 'Running') kubectl(how, ['exec', name, '--', 'sh', '/scripts/run.sh', 'fetched']);
    }
  }
  process.stdout.write(`results are in ${folder}\n`);
  for (const { pod, load, audit } of ended) {
    if (load === 0 && audit === 0) continue;
    throw new EventStoreError(
      'ES553',
      `all of a load test must end with 0, got ${pod.killer ? 'a failure' : `load ${load} and audit ${audit}`} of pod ${pod.name}: see kubectl logs ${pod.name}; what there is lies in ${folder}`,
    );
  }
}

interface Ended {
  readonly pod: BenchmarkPod;
  readonly load: number;
  readonly audit: number;
}

function waitForAll(how: Kubectl, cluster: string, patience: number): Ended[] {
  const since = Date.now();
  let said = '';
  for (;;) {
    const pods = benchmarkPods(how, cluster);
    const generators = pods.filter(({ killer }) => !killer);
    if (generators.length === 0) {
      throw new EventStoreError(
        'ES553',
        `a load test must have been applied, got none for ${cluster} in namespace ${how.namespace}: kubectl apply -f dist/benchmark/`,
      );
    }
    const states = pods.map((pod) => ({ pod, state: stateOf(how, pod) }));
    const running = states.filter(({ state }) => state === 'running');
    const ended = states.flatMap(({ pod, state }) => (state === 'running' ? [] : [{ pod, ...state }]));
    // what waits for a load that failed will wait for long
    if (running.length === 0 || ended.some(({ pod, load }) => !pod.killer && load !== 0)) return ended;
    const waiting = `waiting for ${running.map(({ pod }) => `${pod.name} (${pod.waiting ?? pod.phase})`).join(', ')}`;
    if (waiting !== said) process.stderr.write(`${waiting}\n`);
    said = waiting;
    if (Date.now() - since > patience) {
      throw new EventStoreError(
        'ES553',
        `a load test must end within ${patience / 60_000} minutes, got ${waiting}: look at the pods, or wait longer with --timeout`,
      );
    }
    pause(POLL_MS);
  }
}

/** Brings one generator's files into the folder. */
function fetchGenerator(how: Kubectl, pod: BenchmarkPod, folder: string): void {
  const archive = join(folder, `.shard-${pod.shard}.tar.gz`);
  let problem = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (pod.prints) writeFileSync(archive, fromLog(how, pod));
    else if (pod.phase !== 'Running') throw notThere(pod);
    else succeed(how, ['exec', pod.name, '--', 'sh', '/scripts/run.sh', 'pack'], archive);
    const { status, stderr, error } = spawnSync('tar', ['-xzf', archive, '-C', folder], { encoding: 'utf8' });
    problem = error?.message ?? stderr.trim();
    if (status === 0) {
      rmSync(archive);
      return;
    }
  }
  rmSync(archive);
  throw new EventStoreError(
    'ES553',
    `results of pod ${pod.name} must arrive whole, got ${problem.split('\n')[0]}: fetch again${pod.prints ? ', or use results=pod for a load of this size' : ''}`,
  );
}

function notThere(pod: BenchmarkPod): EventStoreError {
  const where = pod.claim
    ? `they lie in the claim ${pod.claim}, in a folder named after the Job's uid`
    : 'they went with it';
  return new EventStoreError(
    'ES553',
    `results must be fetched while pod ${pod.name} waits, got one that has ended (${pod.phase}): ${where}`,
  );
}

/** A machine rotates logs: whether all of it is there is what the marks tell. */
function fromLog(how: Kubectl, pod: BenchmarkPod): Buffer {
  const [, body] = /^--- results \d+\n([\s\S]*?)^--- end$/m.exec(succeed(how, ['logs', pod.name])) ?? [];
  if (body) return Buffer.from(body, 'base64');
  throw new EventStoreError(
    'ES553',
    `results in the log of pod ${pod.name} must be whole, got only a part: the machine has dropped the rest, so use results=pod for a load of this size`,
  );
}

/** The killer's records are its log; its plan becomes part of the run's settings. */
function fetchKills(how: Kubectl, killers: readonly BenchmarkPod[], folder: string): void {
  const lines = killers.flatMap(({ name }) => succeed(how, ['logs', name]).split('\n'));
  const records = lines.filter((line) => line.startsWith('{"metric":"kill'));
  for (const line of records) {
    const { metric, data } = JSON.parse(line);
    if (metric === 'kill_failed') process.stderr.write(`kill of ${data.tags.victim} failed: ${data.tags.reason}\n`);
  }
  const plan = records.filter((line) => line.startsWith('{"metric":"kill_plan"'));
  const done = records.filter((line) => !plan.includes(line));
  writeFileSync(join(folder, 'kills.ndjson'), done.map((line) => `${line}\n`).join(''));
  const kills = plan.map((line) => {
    const { value, tags } = JSON.parse(line).data;
    return { at: value, victim: tags.victim };
  });
  writeFileSync(join(folder, 'run.json'), `${JSON.stringify({ ...readRun(folder), kills }, null, 2)}\n`);
}
