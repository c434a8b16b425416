import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../cli/run';
import { needs } from '../tools/tools';
import { Database, type DatabaseOptions } from './database';
import { cli, Results } from './results';

const SOURCES = ['leader', 'es-1', 'es-2', 'es-3'];

/** A short load on three doubles behind nginx, by real k6. */
class Bench {
  public readonly out = mkdtempSync(join(tmpdir(), 'bench-'));
  private constructor(public readonly database: Database) {}

  public static async start(options: DatabaseOptions = {}): Promise<Bench> {
    return new Bench(await Database.start(options));
  }

  public async run(...flags: string[]): Promise<Results> {
    const { url, memberList } = this.database;
    const common = ['--url', url, '--members', memberList, '--users', '8', '--duration', '5s', '--warmup', '1s'];
    const { code, stdout, stderr } = await cli('bench', ...common, '--out', this.out, ...flags);
    if (code !== 0) throw new Error(`bench ended with ${code}: ${stdout}${stderr}`);
    return new Results(stdout.trim().split(' ').at(-1)!);
  }

  public async stop(): Promise<void> {
    await this.database.stop();
    rmSync(this.out, { recursive: true, force: true });
  }
}

describe.skipIf(needs('k6', 'nginx'))('an honest cluster under load', { timeout: 180_000 }, () => {
  let bench: Bench;
  let results: Results;
  beforeAll(async () => {
    bench = await Bench.start();
    results = await bench.run();
  }, 180_000);
  afterAll(() => bench?.stop());

  it('is reported to have acknowledged exactly what it did', async () => {
    const acknowledged = results.samples('es_acked');
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.length).toBe(await bench.database.acknowledged());
    for (const { data } of acknowledged) {
      expect(data.value).toBe(1);
      expect(data.metadata).toMatchObject({
        stream: expect.stringMatching(/^bench-/),
        number: expect.stringMatching(/^\d+$/),
      });
      expect(data.tags.phase).toMatch(/^(warmup|main)$/);
    }
    expect(new Set(acknowledged.map(({ data }) => data.metadata!.event)).size).toBe(acknowledged.length);
  });

  it('is found to have lost nothing, on the leader and on each member', () => {
    const acknowledged = results.samples('es_acked').length;
    for (const source of SOURCES) {
      expect(results.total('acknowledged', source), source).toBe(acknowledged);
      expect(results.total('present', source), source).toBe(acknowledged);
      for (const kind of ['lost', 'duplicate', 'misplaced']) expect(results.total(kind, source), source).toBe(0);
    }
  });

  it('is asked ten times to append, once for the stream and ten times for an event, by each user in turn', () => {
    const count = (metric: string) => results.samples(metric).length;
    const appends = count('es_create_duration') + count('es_append_duration');
    expect(appends).toBe(count('es_acked'));
    // the users that the end cut short
    expect(Math.abs(appends - 10 * count('es_create_duration'))).toBeLessThanOrEqual(8 * 10);
    expect(Math.abs(count('es_read_event_duration') - appends)).toBeLessThanOrEqual(8 * 10);
    expect(count('es_read_stream_duration')).toBeLessThanOrEqual(count('es_create_duration'));
  });

  it('is measured from the end of the warm-up on', () => {
    const { start, main, end } = results.run as Record<string, string>;
    expect(Date.parse(main) - Date.parse(start)).toBe(1000);
    expect(Date.parse(end) - Date.parse(main)).toBe(5000);
    for (const { data } of results.samples('es_append_duration')) {
      const sent = Date.parse(data.time) - data.value;
      // the clock of the script has whole milliseconds, and a busy machine runs it late
      if (Math.abs(sent - Date.parse(main)) < 200) continue;
      expect(data.tags.phase).toBe(sent < Date.parse(main) ? 'warmup' : 'main');
    }
  });

  it('has its settings and its version beside the results', () => {
    expect(results.run).toMatchObject({
      variant: 'local',
      mode: 'closed',
      users: 8,
      server: '26.0.3',
      target: 'service',
    });
  });

  it('is audited once more, as long as the events are there', async () => {
    const before = SOURCES.map((source) => results.total('present', source));
    const { code } = await cli(
      'audit',
      results.folder,
      '--url',
      bench.database.url,
      '--members',
      bench.database.memberList,
    );
    expect(code).toBe(0);
    expect(SOURCES.map((source) => results.total('present', source))).toEqual(before);
  });

  it('is read through one address where there is no other', async () => {
    const { code } = await cli('audit', results.folder, '--url', bench.database.url);
    expect(code).toBe(0);
    expect(new Set(results.audit.map(({ data }) => data.tags.source))).toEqual(new Set(['leader']));
    expect(results.total('lost')).toBe(0);
  });

  it('is asked at a rate, in the open model, and by its leader alone', async () => {
    const open = await bench.run('--rate', '3', '--door', 'leader', '--duration', '4s', '--warmup', '0s');
    expect(open.run).toMatchObject({ mode: 'open', rate: 3, target: 'leader' });
    const streams =
      open.samples('es_create_duration').length + (open.samples('dropped_iterations')[0]?.data.value ?? 0);
    expect(streams).toBeGreaterThanOrEqual(10);
    expect(streams).toBeLessThanOrEqual(13);
    expect(open.total('lost')).toBe(0);
  });

  it('answers reads from the leader when it is asked to', async () => {
    const reads = await bench.run('--reads', 'leader', '--duration', '3s');
    expect(reads.samples('es_read_event_duration').length).toBeGreaterThan(10);
    expect(reads.samples('es_stale_reads')).toEqual([]);
    expect(reads.samples('es_errors')).toEqual([]);
  });
});

describe.skipIf(needs('k6', 'nginx')).each([
  ['lost', 'drop'],
  ['duplicate', 'duplicate'],
  ['misplaced', 'misplace'],
])('events that are %s', { timeout: 180_000 }, (kind, fault) => {
  let bench: Bench;
  afterAll(() => bench?.stop());

  it('are counted and named, each of them', async () => {
    bench = await Bench.start({ faults: `${fault}=1/50` });
    const results = await bench.run();
    const planted = await bench.database.planted(fault);
    expect(planted.length).toBeGreaterThan(1);
    expect(results.samples('es_acked').length).toBe(await bench.database.acknowledged());
    for (const source of SOURCES) {
      expect(results.named(kind, source), source).toEqual(planted);
      expect(results.total(kind, source), source).toBe(planted.length);
      for (const other of ['lost', 'duplicate', 'misplaced'].filter((name) => name !== kind)) {
        expect(results.total(other, source), `${other} on ${source}`).toBe(0);
      }
    }
  });
});

describe.skipIf(needs('k6', 'nginx'))('a cluster of 24.10 that refuses appends', { timeout: 180_000 }, () => {
  let bench: Bench;
  let results: Results;
  beforeAll(async () => {
    bench = await Bench.start({ version: '24.10.14', faults: 'refuse=1/20' });
    results = await bench.run('--server-version', '24.10', '--duration', '3s');
  }, 180_000);
  afterAll(() => bench?.stop());

  it('is spoken to in its own media types', () => {
    expect(results.run).toMatchObject({ mediaTypes: 'application/vnd.eventstore', server: '24.10.14' });
    expect(results.samples('es_acked').length).toBe(results.total('present'));
  });

  it('leaves appends in doubt, each recorded and looked for', () => {
    const doubtful = results.samples('es_indeterminate');
    expect(doubtful.length).toBeGreaterThan(0);
    expect(doubtful[0].data.metadata).toMatchObject({ stream: expect.any(String), event: expect.any(String) });
    expect(results.total('indeterminate_absent')).toBe(doubtful.length);
    expect(results.total('attempted')).toBe(results.samples('es_acked').length + doubtful.length);
    expect(results.samples('es_errors').map(({ data }) => data.tags.class)).toEqual(doubtful.map(() => '503'));
  });

  it('acknowledges them after a repetition, which is counted and carries an expected version', async () => {
    const repeated = await bench.run('--server-version', '24.10', '--duration', '3s', '--retries', '3');
    expect(repeated.samples('es_retries').length).toBeGreaterThan(0);
    expect(repeated.samples('es_indeterminate')).toEqual([]);
    expect(repeated.total('duplicate')).toBe(0);
    expect(repeated.total('present')).toBe(repeated.samples('es_acked').length);
  });
});

describe('a load that cannot run', () => {
  const out = mkdtempSync(join(tmpdir(), 'bench-'));
  afterAll(() => rmSync(out, { recursive: true, force: true }));
  const url = 'http://localhost:2113';

  /** In this process, which is faster. */
  function said(...args: string[]): string {
    let text = '';
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
      text += line;
      return true;
    });
    expect(runCli(args)).toBe(1);
    spy.mockRestore();
    return text;
  }

  it.each([
    ['an address without its scheme', 'ES554', ['--url', 'localhost:2113']],
    ['members without addresses', 'ES554', ['--url', url, '--members', 'es-1']],
    ['the leader of nobody', 'ES546', ['--url', url, '--door', 'leader']],
    ['a front end that is not --url', 'ES546', ['--url', url, '--door', 'frontend']],
    ['no users', 'ES541', ['--url', url, '--users', '0']],
    ['a time without a unit', 'ES540', ['--url', url, '--duration', '5']],
    ['no k6', 'ES550', ['--url', url, '--k6', '/nowhere/k6']],
    ['a version that nobody knows', 'ES401', ['--url', url, '--server-version', '5.0']],
  ])('says so in one line: %s', (_, code, flags) => {
    expect(said('bench', '--out', join(out, 'x'), ...flags)).toMatch(new RegExp(`^${code} [^\n]+\n$`));
  });

  it('says so where a folder is no run’s', () => {
    expect(said('audit', out, '--url', url)).toMatch(/^ES552 [^\n]+\n$/);
  });

  it.skipIf(needs('k6'))('says so where no database answers, and keeps what there is', async () => {
    const { code, stderr } = await cli('bench', '--url', 'http://127.0.0.1:9', '--out', join(out, 'y'));
    expect(code).toBe(1);
    expect(stderr).toContain('no database answers at http://127.0.0.1:9/info');
    expect(stderr).toMatch(/^ES551 the load must end with 0, got 108: /m);
  });
});
