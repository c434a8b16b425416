// npm run bench:synth: what the generator costs, as ratios of runs that take turns, since machines are noisy.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../charts/build-app';
import { render } from '../cli/output';
import { settle } from '../cli/settle';

const ROOT = join(__dirname, '..');
const FLAGS = ['--nodes', '3', '--storage', 'azurefile'];
const out = mkdtempSync(join(tmpdir(), 'es-bench-'));

interface Command {
  readonly name: string;
  readonly argv: string[];
  readonly env?: Record<string, string>;
}

const NODE: Command = { name: 'node -e 0', argv: [process.execPath, '-e', '0'] };
const BUILT: Command = {
  name: 'built command',
  argv: [process.execPath, 'bin/cdk8s-eventstore.js', ...FLAGS, '--out', out, '--quiet'],
};
const NPM: Command = {
  name: 'npm run synth',
  argv: ['npm', 'run', '-s', 'synth', '--', ...FLAGS, '--out', out, '--quiet'],
};
const CDK8S: Command = {
  name: 'cdk8s synth with ts-node',
  argv: [
    'npx',
    'cdk8s',
    'synth',
    '--check-upgrade=false',
    '-o',
    out,
    '-a',
    `npx ts-node main.ts ${FLAGS.join(' ')} --quiet`,
  ],
  // ts-node knows no newer module kind
  env: { TS_NODE_COMPILER_OPTIONS: '{"module":"commonjs","moduleResolution":"node10","ignoreDeprecations":"6.0"}' },
};

function seconds({ name, argv, env }: Command): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(argv[0], argv.slice(1), { cwd: ROOT, env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Medians of commands that take turns. */
function compare(rounds: number, ...commands: Command[]): number[] {
  const times = commands.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    commands.forEach((command, index) => {
      const time = seconds(command);
      if (round > 0) times[index].push(time); // the first warms the caches
    });
  }
  return times.map(median);
}

function line(what: string, ratio: number, goal: string): void {
  console.log(`${what.padEnd(52)} ${ratio.toFixed(2).padStart(6)} x   goal ${goal}`);
}

/** Milliseconds a cluster: one app each, since cdk8s walks the whole tree once for every chart. */
function fleet(clusters: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < clusters; i++) render(buildApp(settle({ namespace: `n${i}`, storage: 'azurefile' }).options));
  return Number(process.hrtime.bigint() - start) / 1e6 / clusters;
}

try {
  const [node, built] = compare(15, NODE, BUILT);
  line(`built command / node -e 0 (${(node * 1000).toFixed(0)} ms)`, built / node, '<= 1.6');
  const [npm, cdk8s] = compare(3, NPM, CDK8S);
  line(`cdk8s synth with ts-node / npm run synth (${npm.toFixed(1)} s)`, cdk8s / npm, '>= 5');
} finally {
  rmSync(out, { recursive: true, force: true });
}

fleet(20); // warms up
const cost = new Map([1, 10, 100, 1000].map((clusters) => [clusters, fleet(clusters)]));
for (const [clusters, ms] of cost)
  console.log(`${String(clusters).padStart(5)} clusters in one run: ${ms.toFixed(1)} ms each`);
line('cost of a cluster at 1000 / at 100', (cost.get(1000) ?? 0) / (cost.get(100) ?? 1), '<= 1.3');
