/**
 * What the front end costs: `npm run bench:frontend [seconds] [rounds]`. Real nginx before stand-ins for members, under
 * k6, each round through nginx and directly in turn. Processor time per request and connections say something about
 * nginx; requests a second say more about the machine and about what else it does.
 */

import { Cluster, type ClusterOptions } from '../test/frontend/cluster';
import { costOf, median } from '../test/frontend/cost';
import { TOOLS, tool } from '../test/tools/tools';

const GOAL = 70;
const MEMBERS = [1, 2, 3];
const [seconds = '5', rounds = '3'] = process.argv.slice(2);
const VARIANTS: [string, ClusterOptions][] = [
  ['defaults', {}],
  ['reads from the leader', { readsFromLeader: true }],
  ['retryAppends', { retryAppends: true }],
];

async function measure(name: string, options: ClusterOptions, users: number): Promise<number> {
  const cluster = await Cluster.start(options);
  try {
    const env = { SECONDS: seconds, READERS: String(users / 2), WRITERS: String(users / 2), EXPECTED_VERSIONS: '1' };
    const through = [];
    const direct = [];
    for (let round = 0; round < Number(rounds); round++) {
      through.push(await costOf(cluster, MEMBERS, env));
      direct.push(await cluster.load({ ...env, BASE: `http://127.0.0.1:${cluster.ports[0]}` }));
    }
    const cpu = median(through.map(({ microseconds }) => microseconds));
    const rates = [through, direct].map((runs) => median(runs.map(({ rate }) => rate)));
    console.log(
      [
        name.padEnd(22),
        String(users).padStart(5),
        cpu.toFixed(1).padStart(10),
        String(Math.max(...through.map(({ peak }) => peak))).padStart(12),
        median(through.map(({ accepted }) => accepted))
          .toFixed(2)
          .padStart(14),
        rates[0].toFixed(0).padStart(11),
        rates[1].toFixed(0).padStart(9),
        (rates[0] / rates[1]).toFixed(2).padStart(7),
        String(through.reduce((sum, run) => sum + run.readsFailed + run.writesFailed, 0)).padStart(7),
      ].join(' '),
    );
    return cpu;
  } finally {
    await cluster.stop();
  }
}

async function main(): Promise<void> {
  const missing = TOOLS.filter((name) => (name === 'nginx' || name === 'k6') && !tool(name));
  if (missing.length > 0) throw new Error(`needs ${missing.join(', ')}: npm run test:tools`);
  console.log(`${rounds} rounds of ${seconds} s each; medians\n`);
  console.log(
    'variant                users  CPU us/req  peak/member  new/1000 reqs  through/s  direct/s   ratio  failed',
  );
  let worst = 0;
  for (const [name, options] of VARIANTS) {
    for (const users of [10, 100]) {
      const cpu = await measure(name, options, users);
      if (name === 'defaults') worst = Math.max(worst, cpu);
    }
  }
  console.log(
    `\ngoal: at most ${GOAL} us of processor time a request with the defaults: ${worst.toFixed(1)}, ${worst <= GOAL ? 'met' : 'MISSED'}`,
  );
  process.exitCode = worst <= GOAL ? 0 : 1;
}

void main();
