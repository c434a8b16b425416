import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../cli/run';
import { point } from '../../lib/benchmark/point';
import { Results } from './results';

const RUN_SH = join(__dirname, '..', '..', 'lib', 'benchmark', 'run.sh');

interface PodOptions {
  readonly component?: string;
  readonly phase?: string;
  readonly prints?: boolean;
  readonly claim?: string;
}

/** Pods of a load test that has ended, and a kubectl that reaches them. */
class World {
  public readonly folder = mkdtempSync(join(tmpdir(), 'fetch-'));
  public readonly out = join(this.folder, 'out');
  public said = '';
  private readonly pods: object[] = [];

  constructor() {
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    // node takes a file without an ending for CommonJS
    writeFileSync(join(bin, 'kubectl'), `#!/bin/sh\nexec ${process.execPath} ${join(__dirname, 'kubectl.mjs')} "$@"\n`);
    spawnSync('chmod', ['+x', join(bin, 'kubectl')]);
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
    vi.stubEnv('CLUSTER', this.folder);
    vi.stubEnv('RUN_SH', RUN_SH);
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        this.said += text;
        return true;
      });
    }
  }

  /** A generator that has ended with these codes. */
  public generator(index: number, { state = 'done 0 0', ...options }: PodOptions & { state?: string } = {}): void {
    const name = `es-bench-${index}-abcde`;
    const results = join(this.folder, name);
    const shard = index + 1;
    mkdirSync(results);
    const count = (kind: string, value: number) => point('audit_total', value, { class: kind, source: 'leader' });
    const files: Record<string, string | Buffer> = {
      [`.state-${shard}`]: `${state}\n`,
      [`shard-${shard}.ndjson.gz`]: gzipSync('{}\n'),
      [`ledger-${shard}.log`]: 's 00000000-0000-4000-8000-000000000000:a:0\n',
      [`audit-${shard}.ndjson`]: '',
      [`audit-${shard}-totals.ndjson`]: `${count('present', 10)}\n${count('lost', 0)}\n`,
      ...(index === 0 && { 'run.json': '{"variant":"pod"}' }),
    };
    for (const [file, text] of Object.entries(files)) writeFileSync(join(results, file), text);
    this.pod(name, { component: 'benchmark', ...options }, index);
  }

  public killer(lines: string[], phase = 'Succeeded'): void {
    writeFileSync(join(this.folder, 'es-bench-kills-x.log'), lines.map((line) => `${line}\n`).join(''));
    this.pod('es-bench-kills-x', { component: 'benchmark-kills', phase });
  }

  public log(name: string, text: string): void {
    writeFileSync(join(this.folder, `${name}.log`), text);
  }

  /** What run.sh prints. */
  public packed(name: string): string {
    const env = { ...process.env, RESULTS: join(this.folder, name) };
    return spawnSync('sh', [RUN_SH, 'pack'], { env }).stdout.toString('base64');
  }

  public fetch(...flags: string[]): number {
    writeFileSync(join(this.folder, 'pods.json'), JSON.stringify({ items: this.pods }));
    return runCli(['bench-fetch', '--out', this.out, ...flags]) as number;
  }

  public get calls(): string {
    return readFileSync(join(this.folder, 'calls.log'), 'utf8');
  }

  public get lastLine(): string {
    return this.said.trimEnd().split('\n').at(-1)!;
  }

  public stop(): void {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(this.folder, { recursive: true });
  }

  private pod(name: string, { component, phase = 'Running', prints, claim }: PodOptions, index?: number): void {
    this.pods.push({
      metadata: {
        name,
        labels: { 'app.kubernetes.io/component': component },
        annotations: index === undefined ? {} : { 'batch.kubernetes.io/job-completion-index': String(index) },
      },
      spec: {
        containers: [{ env: prints ? [{ name: 'PRINT', value: 'true' }] : [] }],
        volumes: [{ name: 'results', ...(claim && { persistentVolumeClaim: { claimName: claim } }) }],
      },
      status: { phase },
    });
  }
}

describe('bench:fetch', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.stop());

  it('brings all generators’ results into one run’s folder, and lets the pods end', () => {
    world.generator(0);
    world.generator(1);
    expect(world.fetch('--namespace', 'shop', '--context', 'aks')).toBe(0);
    expect(readdirSync(join(world.out, 'run-1')).sort()).toEqual([
      ...['audit.ndjson', 'ledger-1.log', 'ledger-2.log', 'run.json', 'shard-1.ndjson.gz', 'shard-2.ndjson.gz'],
    ]);
    expect(new Results(join(world.out, 'run-1')).total('present')).toBe(20);
    expect(existsSync(join(world.folder, 'es-bench-1-abcde', '.fetched-2'))).toBe(true);
    for (const call of world.calls.trim().split('\n')) expect(call).toMatch(/^--context aks --namespace shop /);
  });

  it('numbers the runs, and leaves the pods waiting when it is told to', () => {
    world.generator(0);
    expect(world.fetch('--keep')).toBe(0);
    expect(world.calls).not.toContain('fetched');
    expect(world.fetch()).toBe(0);
    expect(readdirSync(world.out)).toEqual(['run-1', 'run-2']);
  });

  it('takes the kills from the killer’s log, and its plan into the settings', () => {
    world.generator(0);
    const tags = { pod: 'es-2', role: 'leader', schedule: '60s' };
    const kill = point('kill', 1, tags);
    world.killer(['Request Failed', point('kill_plan', 60, { victim: 'leader' }), kill, 'Request Failed']);
    expect(world.fetch()).toBe(0);
    const run = new Results(join(world.out, 'run-1'));
    expect(readFileSync(join(run.folder, 'kills.ndjson'), 'utf8')).toBe(`${kill}\n`);
    expect(run.run).toEqual({ variant: 'pod', kills: [{ at: 60, victim: 'leader' }] });
  });

  it('says why a kill failed, and ends with an error, with everything else fetched', () => {
    world.generator(0);
    world.killer(
      [point('kill_failed', 1, { schedule: '60s', victim: 'leader', reason: 'no leader for 60 s' })],
      'Failed',
    );
    expect(world.fetch()).toBe(1);
    expect(world.said).toContain('kill of leader failed: no leader for 60 s');
    expect(world.lastLine).toMatch(/^ES553 .*es-bench-kills-x/);
    expect(existsSync(join(world.out, 'run-1', 'audit.ndjson'))).toBe(true);
  });

  it('reads results from a log', () => {
    world.generator(0, { prints: true, phase: 'Succeeded' });
    const name = 'es-bench-0-abcde';
    world.log(name, `appends: 1\nload ended with 0, audit with 0\n--- results 1\n${world.packed(name)}\n--- end\n`);
    expect(world.fetch()).toBe(0);
    expect(new Results(join(world.out, 'run-1')).total('present')).toBe(10);
  });

  it('notices what is missing of a log', () => {
    world.generator(0, { prints: true, phase: 'Succeeded' });
    const name = 'es-bench-0-abcde';
    const whole = `--- results 1\n${world.packed(name)}\n--- end\n`;
    world.log(name, whole.slice(40));
    expect(world.fetch()).toBe(1);
    expect(world.lastLine).toMatch(/^ES553 .*only a part.*results=pod/);
    // a hole in the middle
    world.log(name, `${whole.slice(0, 80)}${whole.slice(120)}`);
    expect(world.fetch()).toBe(1);
    expect(world.lastLine).toMatch(/^ES553 results of pod es-bench-0-abcde must arrive whole/);
  });

  it.each([
    ['a load that failed', 'done 108 -', 'load 108 and audit 1'],
    ['an audit that failed', 'done 0 110', 'load 0 and audit 110'],
  ])('ends with an error after %s, and keeps what there is', (_, state, words) => {
    world.generator(0, { state });
    world.generator(1);
    expect(world.fetch()).toBe(1);
    expect(world.lastLine).toContain(words);
    expect(existsSync(join(world.out, 'run-1', 'shard-1.ndjson.gz'))).toBe(true);
  });

  it('does not wait for who waits for a load that failed', () => {
    world.generator(0, { state: 'done 108 -' });
    world.generator(1, { state: 'running' });
    expect(world.fetch()).toBe(1);
    expect(world.lastLine).toContain('load 108');
  });

  it('says where the results of a pod are that has ended', () => {
    world.generator(0, { phase: 'Succeeded' });
    expect(world.fetch()).toBe(1);
    expect(world.lastLine).toMatch(/^ES553 .*they went with it$/);
    world.stop();
    world = new World();
    world.generator(0, { phase: 'Succeeded', claim: 'bench' });
    expect(world.fetch()).toBe(1);
    expect(world.lastLine).toContain('they lie in the claim bench');
  });

  it('waits no longer than it is told', () => {
    world.generator(0, { state: 'running' });
    expect(world.fetch('--timeout', '0.02')).toBe(1);
    expect(world.said).toContain('waiting for es-bench-0-abcde (Running)');
    expect(world.lastLine).toMatch(/^ES553 .*within 0.02 minutes/);
    expect(world.fetch('--timeout', 'long')).toBe(1);
    expect(world.lastLine).toMatch(/^ES005 /);
  });

  it('says so where there is no load test, no cluster or no kubectl', () => {
    expect(world.fetch()).toBe(1);
    expect(world.lastLine).toMatch(/^ES553 .*kubectl apply -f dist\/benchmark\//);
    writeFileSync(join(world.folder, 'broken'), '');
    expect(world.fetch()).toBe(1);
    expect(world.lastLine).toMatch(/^ES553 .*connection to the server was refused/);
    vi.stubEnv('PATH', join(world.folder, 'out'));
    expect(world.fetch()).toBe(1);
    expect(world.lastLine).toMatch(/^ES550 kubectl/);
    expect(existsSync(world.out)).toBe(false);
  });
});
