/**
 * How fast raw results are read: `npm run bench:report [lines] [rounds]`. The report takes turns with the least that a
 * reader in Node can do: decompress, find the lines, JSON.parse of those that a report needs. Both count lines for each
 * second of processor time, of all threads: a machine that does something else as well changes wall time first.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { makeReport } from '../cli/report/page/report';
import { METRICS } from '../cli/report/read/metrics';
import { readVariants } from '../cli/report/read/variants';
import { writeResults } from './report-input';

const LEAST = 500_000;
const SHARE = 0.8;
const MOST_MB = 300;

interface Cost {
  readonly lines: number;
  readonly seconds: number;
  readonly wall: number;
  readonly megabytes: number;
}

/** The whole command but for writing its files. */
async function report(path: string): Promise<number> {
  const variants = await readVariants([`bench=${join(path, '..')}`]);
  const { files } = makeReport(variants);
  const { cells } = JSON.parse(files.get('results.json') ?? '{}');
  return cells[0].variants[0].runs[0].lines;
}

/** Checks nothing and keeps nothing but a sum. */
async function floor(path: string): Promise<number> {
  const needed = new Set(Object.keys(METRICS));
  const head = '{"metric":"'.length;
  let lines = 0;
  let sum = 0;
  let rest = '';
  for await (const chunk of createReadStream(path).pipe(createGunzip({ chunkSize: 256 * 1024 }))) {
    const text = rest + (chunk as Buffer).toString('latin1');
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      if (needed.has(text.slice(start + head, text.indexOf('"', start + head)))) {
        sum += JSON.parse(text.slice(start, end)).data.value;
      }
      lines++;
      start = end + 1;
    }
    rest = text.slice(start);
  }
  if (!(sum > 0)) throw new Error('nothing was read');
  return lines;
}

async function measure(what: (path: string) => Promise<number>, path: string): Promise<Cost> {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const lines = await what(path);
  const { user, system } = process.cpuUsage(cpu);
  const wall = (performance.now() - start) / 1000;
  return { lines, seconds: (user + system) / 1e6, wall, megabytes: process.resourceUsage().maxRSS / 1024 };
}

/** In a process of its own, so that neither inherits the other's memory or warm code. */
function inProcess(name: string, path: string): Cost {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', 'tsx/cjs', __filename, name, path]);
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
  return JSON.parse(stdout.toString());
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function say(name: string, costs: Cost[]): number {
  const rate = median(costs.map(({ lines, seconds }) => lines / seconds));
  const wall = median(costs.map(({ lines, wall: seconds }) => lines / seconds));
  const most = Math.max(...costs.map(({ megabytes }) => megabytes));
  const count = (value: number) => Math.round(value).toLocaleString('en').padStart(11);
  console.log(
    `${name.padEnd(26)}${count(rate)} lines a CPU second ${count(wall)} a second ${most.toFixed(0).padStart(6)} MB at most`,
  );
  return rate;
}

async function main(): Promise<void> {
  const [first = '2000000', second = '3'] = process.argv.slice(2);
  const child = { report, floor }[first];
  if (child) {
    console.log(JSON.stringify(await measure(child, second)));
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'es-bench-report-'));
  try {
    const path = await writeResults(folder, Number(first));
    console.log(`${Number(first).toLocaleString('en')} lines, ${(statSync(path).size / 1e6).toFixed(0)} MB compressed`);
    const costs: Record<'report' | 'floor', Cost[]> = { report: [], floor: [] };
    for (let round = 0; round < Number(second); round++) {
      for (const name of ['report', 'floor'] as const) costs[name].push(inProcess(name, path));
    }
    const rate = say('npm run report', costs.report);
    const least = say('gunzip, split, JSON.parse', costs.floor);
    const most = Math.max(...costs.report.map(({ megabytes }) => megabytes));
    const fast = rate >= LEAST || rate >= SHARE * least;
    const small = most < MOST_MB;
    const goals = `goal ${SHARE}, or ${LEAST.toLocaleString('en')} lines a CPU second`;
    console.log(`report / floor ${(rate / least).toFixed(2)}   ${goals}: ${fast ? 'reached' : 'missed'}`);
    console.log(`memory ${most.toFixed(0)} MB   goal < ${MOST_MB} MB: ${small ? 'reached' : 'missed'}`);
    if (!fast || !small) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
