import { describe, expect } from 'vitest';
import { type Append, append, audit, chance, DECLARATIONS, point, START } from './results';
import { type Files, it } from './workshop';

const SETTINGS = {
  mode: 'closed',
  users: 2,
  warmup: 5,
  duration: 60,
  generators: 1,
  main: new Date(START + 5000).toISOString(),
  end: new Date(START + 65_000).toISOString(),
};

/** Two users that append one after the other, with these latencies in turns; the first five seconds are the warm-up. */
function appends(...ms: number[]): Append[] {
  const all: Append[] = [];
  for (const user of [0, 1]) {
    for (let at = 0, i = user; ; i++) {
      const took = ms[i % ms.length];
      const phase = at < 5000 ? 'warmup' : 'main';
      at += took;
      if (at > 65_000) break;
      all.push({ at, ms: took, phase, stream: `s-${user}` });
    }
  }
  return all;
}

/** A run of these appends, with an audit that found all of them. */
function run(all: readonly Append[], settings: object = {}, others: Files = {}): Files {
  const count = (outcome: string) => all.filter((one) => (one.outcome ?? 'acknowledged') === outcome).length;
  const found = {
    attempted: all.length,
    acknowledged: count('acknowledged'),
    indeterminatePresent: count('indeterminate'),
  };
  return {
    'shard-1.ndjson': [...DECLARATIONS, ...all.flatMap(append)],
    'audit.ndjson': audit(...['leader', 'es-1', 'es-2'].map((source) => ({ source, ...found }))),
    'run.json': JSON.stringify({ ...SETTINGS, ...settings }),
    ...others,
  };
}

/** Runs below folders of their own. */
function runs(...all: Files[]): Files {
  return Object.fromEntries(
    all.flatMap((files, i) => Object.entries(files).map(([name, content]) => [`run-${i + 1}/${name}`, content])),
  );
}

describe('figures', () => {
  it('leave out the warm-up, count over the planned time, and are exact where they can be', async ({ shop }) => {
    const all = appends(100, 200);
    const main = all.filter(({ phase }) => phase === 'main');
    const report = await shop.report({ pod: run(all) });
    const [row] = report.table('requests/s');
    expect(row.requests).toBe(String(main.length));
    expect(report.results.cells[0].variants[0].runs[0]).toMatchObject({
      requests: main.length,
      requestRate: main.length / 60,
      acknowledgedRate: main.length / 60,
      latency: {
        mean: main.reduce((sum, { ms }) => sum + ms, 0) / main.length,
        p50: expect.closeTo(100, 0),
        p99: 200,
        max: 200,
      },
    });
  });

  it('count acknowledgements of the whole run in the ledger', async ({ shop }) => {
    const all = appends(100, 200);
    const [row] = (await shop.report({ pod: run(all) })).table('acknowledged');
    expect(row).toMatchObject({ acknowledged: String(all.length), verdict: 'PROVEN' });
  });

  it('are the same from one file or several, in any order, gzipped or not', async ({ shop }) => {
    const all = appends(130, 250, 900);
    const lines = all.flatMap(append);
    const random = chance(1);
    const shuffled = lines.map((line) => ({ line, key: random() })).sort((a, b) => a.key - b.key);
    const halves = [0, 1].map((half) => shuffled.filter((_, i) => i % 2 === half).map(({ line }) => line));
    const figures = async (name: string, files: Files) => {
      const { results } = await shop.report({ [name]: files });
      const [side] = results.cells[0].variants;
      const { latency, operations, requestRate, ledger, errors } = side.runs[0];
      return { latency, operations, requestRate, ledger, errors, pooled: side.operations };
    };
    const one = await figures('one', run(all));
    const { 'shard-1.ndjson': _, ...rest } = run(all, { generators: 2 });
    const two = { ...rest, 'shard-1.ndjson.gz': [...DECLARATIONS, ...halves[0]], 'shard-2.ndjson.gz': halves[1] };
    expect(await figures('two', two)).toEqual(one);
  });

  it('are read alike when keys come in another order', async ({ shop }) => {
    const all = appends(400, 700);
    const turned = all.flatMap(append).map((line) => {
      const { metric, type, data } = JSON.parse(line);
      return JSON.stringify({
        type,
        data: { tags: data.tags, value: data.value, time: data.time, metadata: data.metadata },
        metric,
      });
    });
    const straight = await shop.report({ pod: run(all) });
    const other = await shop.report({ pod: run(all, {}, { 'shard-1.ndjson': [...DECLARATIONS, ...turned] }) });
    expect({ ...other.results.cells[0].variants[0].runs[0], lines: 0 }).toEqual({
      ...straight.results.cells[0].variants[0].runs[0],
      lines: 0,
    });
  });

  it('of the same input are the same bytes', async ({ shop }) => {
    const variants = {
      pod: runs(run(appends(300)), run(appends(310))),
      disk: runs(run(appends(400)), run(appends(420))),
    };
    const first = await shop.report(variants);
    const second = await shop.report(variants);
    expect([...second.files]).toEqual([...first.files]);
  });
});

describe('comparisons', () => {
  it('of repeated runs have an interval, and name who is ahead', async ({ shop }) => {
    const report = await shop.report({
      pod: runs(...[500, 510, 520].map((ms) => run(appends(ms)))),
      disk: runs(...[1000, 1020, 1040].map((ms) => run(appends(ms)))),
    });
    const [requests] = report.table('ratio');
    expect(requests.ratio).toBe('2.01×');
    expect(requests['what it says']).toMatch(/^95 % confidence interval 1\.\d+× to 2\.\d+×: pod is ahead$/);
    expect(report.markdown).toMatch(/At 2 users, pod served 2\.01× the requests of disk/);
    expect(report.markdown).not.toContain('inconclusive, since');
  });

  it('are inconclusive where the interval includes 1, or there is one run', async ({ shop }) => {
    const report = await shop.report({
      pod: runs(run(appends(500)), run(appends(800))),
      disk: runs(run(appends(600)), run(appends(750))),
      file: runs(run(appends(300))),
    });
    const says = (b: string) => report.table('ratio').find((row) => row['ratio of'] === `pod ÷ ${b}`)!['what it says'];
    expect(says('disk')).toMatch(/^inconclusive, since the 95 % confidence interval .* includes 1$/);
    expect(says('file')).toBe('inconclusive, since one run of a variant gives no interval');
  });

  it('say in which settings variants differ', async ({ shop }) => {
    const report = await shop.report({ pod: run(appends(500)), disk: run(appends(510), { reads: 'leader' }) });
    expect(report.markdown).toContain('pod and disk differ in more than their names: reads (unset against leader).');
  });

  it('keep loads apart', async ({ shop }) => {
    const report = await shop.report({
      pod: runs(
        run(appends(50)),
        run(appends(60), { users: 4 }),
        run(appends(70), { kills: [{ at: 60, victim: 'leader' }] }),
      ),
    });
    expect(report.table('requests/s').map(({ load }) => load)).toEqual(['2 users', '4 users', '2 users, a kill at 1m']);
  });
});

describe('the client', () => {
  it('is no limit where users wait for answers', async ({ shop }) => {
    const [row] = (await shop.report({ pod: run(appends(500)) })).table('in flight');
    expect(row['sign that it was']).toBe('no sign of it');
  });

  it('is suspected where users are idle, drop iterations or start apart', async ({ shop }) => {
    const all = appends(500).map((one) => ({ ...one, ms: 100 }));
    const shard = (more: string[]) => ({ 'shard-1.ndjson': [...DECLARATIONS, ...all.flatMap(append), ...more] });
    const open = { mode: 'open', rate: 40, users: 10 };
    const busy = ['vus', 'vus_max'].map((metric) => point(metric, 10_000, 10));
    const report = await shop.report({
      idle: run(all),
      open: run(all, open, shard([point('dropped_iterations', 9000, 3), ...busy])),
      apart: run(
        all,
        { generators: 2 },
        {
          ...shard([point('es_load_start', 1, START)]),
          'shard-2.ndjson': [point('vus', 0, 1), point('vus', 60_000, 1), point('es_load_start', 1, START + 1500)],
        },
      ),
    });
    const signs = Object.fromEntries(report.table('in flight').map((row) => [row.variant, row['sign that it was']]));
    expect(signs.idle).toMatch(/^on average 0\.\d+ of 2 users waited/);
    expect(signs.open).toMatch(/k6 dropped 3 iterations.*all users were busy in 100\.0 %/);
    expect(signs.apart).toMatch(/generators started 1\.5 s apart/);
    expect(report.markdown).toContain('idle at 2 users, idle: on average');
  });

  it('that broke off is said to have, and its rate is over what it ran', async ({ shop }) => {
    const short = appends(100).filter(({ at }) => at < 35_000);
    const report = await shop.report({ pod: run(short) });
    expect(report.markdown).toMatch(/lasted 29\.\d+ s of the 60 s that were asked for/);
    expect(Number(report.table('requests/s')[0]['requests/s'])).toBeCloseTo(20, 0);
  });
});

describe('kills', () => {
  const KILL = 30_000;
  /** Nothing is acknowledged for 1.8 s after the kill; in that time three appends fail. */
  const all: Append[] = [
    ...appends(50).filter(({ at }) => at <= KILL || at >= KILL + 1800),
    { at: KILL + 700, ms: 700, outcome: 'refused', error: '503' },
    { at: KILL + 800, ms: 800, outcome: 'indeterminate', error: 'timeout' },
    { at: KILL + 900, ms: 800, outcome: 'indeterminate', error: 'timeout' },
  ];
  const kills = [
    point('kill', KILL, 1, { pod: 'es-2', role: 'follower', schedule: '25s' }),
    point('kill_gone', KILL + 900, 0.9, { pod: 'es-2', role: 'follower', schedule: '25s' }),
    point('kill_ready', KILL + 12_500, 12.5, { pod: 'es-2', role: 'follower', schedule: '25s' }),
  ];
  const killed = () => run(all, { kills: [{ at: 25, victim: 'follower' }] }, { 'kills.ndjson': kills });

  it('have their gap, their pod’s return and their errors', async ({ shop }) => {
    const report = await shop.report({ pod: killed() });
    const [row] = report.table('gap');
    expect(row).toMatchObject({
      load: '2 users, a kill at 25s',
      at: '25s',
      pod: 'es-2',
      role: 'follower',
      gap: '1.80 s',
      'Ready after': '12.5 s',
      before: '39.9/s',
      'back after': '2 s',
      refused: '1',
      indeterminate: '2',
      errors: '3',
    });
    const [refused, timeouts] = report.table('class');
    expect(refused).toMatchObject({ class: 'append: 503', 'kill 1': '1', all: '1' });
    expect(timeouts).toMatchObject({ class: 'append: timeout', 'kill 1': '2', all: '2' });
  });

  it('have pictures', async ({ shop }) => {
    const { files, markdown } = await shop.report({ pod: killed() });
    const charts = [...files.keys()].filter((name) => name.endsWith('.svg'));
    expect(charts).toContain('chart-kill-users-2-kills-25-1.svg');
    for (const name of charts) expect(markdown).toContain(`](${name})`);
    expect(files.get('chart-kill-users-2-kills-25-1.svg')).toContain('Ready');
  });

  it('after which nothing came any more have no end', async ({ shop }) => {
    const dead = all.filter(({ at, outcome }) => at <= KILL || outcome);
    const last = { at: KILL + 20_000, ms: 5000, outcome: 'refused' } as const;
    const report = await shop.report({ pod: run([...dead, last], {}, { 'kills.ndjson': kills }) });
    expect(report.table('gap')[0]).toMatchObject({ gap: '21.0 s and no end', 'back after': 'not within the minute' });
  });

  it('that did not happen are said to be missing', async ({ shop }) => {
    const failed = point('kill_failed', KILL, 1, { schedule: '25s', victim: 'leader', reason: 'no leader for 60 s' });
    const files = run(all, { kills: [{ at: 25 }, { at: 40 }] }, { 'kills.ndjson': [...kills, failed] });
    const { markdown } = await shop.report({ pod: files });
    expect(markdown).toMatch(/a kill failed, at 25s: no leader for 60 s\./);
    expect(markdown).toContain('1 of 2 planned kills happened.');
  });
});

describe('pages', () => {
  it('need nothing from elsewhere, and let no name from outside become markup', async ({ shop }) => {
    const evil = '<script>alert(1)</script>|*x*';
    const counts = { acknowledged: 2, lost: 1 };
    const report = await shop.report({
      pod: run(
        [
          { at: 6000, ms: 5 },
          { at: 7000, ms: 5 },
        ],
        {},
        {
          'audit.ndjson': [
            ...audit(counts),
            point('audit_event', 0, 1, { class: 'lost', source: 'leader' }, { stream: evil, event: 'e-1' }),
          ],
        },
      ),
    });
    for (const [name, text] of report.files) if (name !== 'results.json') expect(text).not.toContain('<script>');
    expect(report.markdown).toContain('&lt;script&gt;alert(1)&lt;/script&gt;\\|\\*x\\*');
    expect(report.html).not.toMatch(/(src|href)=|url\(|@import/);
    expect(report.html).toContain("default-src 'none'");
  });
});
