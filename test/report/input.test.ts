import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect } from 'vitest';
import { Progress } from '../../cli/report/read/progress';
import { append, audit, DECLARATIONS, point } from './results';
import { type Files, it, type Workshop } from './workshop';

const LINES = [...DECLARATIONS, ...Array.from({ length: 50 }, (_, i) => append({ at: 100 * i, ms: 20 })).flat()];
const GOOD: Files = { 'shard-1.ndjson': LINES, 'audit.ndjson': audit({ acknowledged: 50 }) };
const TEXT = 'http_req_duration..: avg=10ms\nhttp_reqs..: 3000 10/s\nvus..: 5\n';

/** The one line of an error, and that nothing was written. */
async function errorOf(shop: Workshop, files: Files): Promise<string> {
  const before = await shop.report({ pod: files }).then(
    () => 'no error',
    (error: Error) => error.message,
  );
  expect(before).not.toMatch(/\n/);
  return before;
}

const replaced = (index: number, line: string) => [...LINES.slice(0, index), line, ...LINES.slice(index + 1)];

describe('damaged results', () => {
  it.for<[string, Files, RegExp]>([
    [
      'a line that is cut off',
      { 'a.ndjson': replaced(20, LINES[20].slice(0, -9)) },
      /a\.ndjson:21: not JSON: \{"metric"/,
    ],
    ['two lines in one', { 'a.ndjson': replaced(30, LINES[30] + LINES[31]) }, /a\.ndjson:31: not JSON/],
    ['an empty line', { 'a.ndjson': replaced(12, '') }, /a\.ndjson:13: not JSON: an empty line/],
    ['another language', { 'a.ndjson': replaced(15, '<html>') }, /a\.ndjson:16: not JSON: <html>/],
    [
      'JSON of something else',
      { 'a.ndjson': replaced(15, '{"level":"info"}') },
      /a\.ndjson:16: neither a metric nor a point/,
    ],
    [
      'a point without a time',
      { 'a.ndjson': replaced(15, '{"metric":"vus","type":"Point","data":{"value":1,"tags":{}}}') },
      /:16: neither/,
    ],
    [
      'a time that is none',
      { 'a.ndjson': replaced(15, LINES[15].replace('T10:', 'T30:')) },
      /a\.ndjson:16: neither a metric nor/,
    ],
    [
      'a last line that is cut off',
      { 'a.ndjson': LINES.join('\n').slice(0, -5) },
      new RegExp(`a\\.ndjson:${LINES.length}: the last line is cut off`),
    ],
    ['no line', { 'a.ndjson': '' }, /a\.ndjson:1: no line at all/],
    [
      'a second run in one file',
      { 'a.ndjson': [...LINES, ...LINES] },
      new RegExp(`a\\.ndjson:${LINES.length + 1}: a second run begins here`),
    ],
    ['k6’s CSV by its name', { 'a.csv': 'metric_name,timestamp\n' }, /a\.csv:1: CSV; run k6 with --out json=FILE/],
    [
      'k6’s CSV by its content',
      { 'a.ndjson': ['metric_name,timestamp,metric_value', 'vus,1772359200,1'] },
      /a\.ndjson:1: k6's CSV/,
    ],
    [
      'points two years apart',
      { 'a.ndjson': replaced(40, LINES[40].replace('2026', '2024')) },
      /a\.ndjson:41: 2024-.* more than 48 h/,
    ],
    [
      'a counter of many acknowledgements',
      { 'a.ndjson': [...LINES, point('es_acked', 1, 3)] },
      /es_acked counts single appends, not 3/,
    ],
    [
      'a second audit',
      { ...GOOD, 'audit.ndjson': audit({ acknowledged: 50 }, { acknowledged: 50 }) },
      /audit\.ndjson:9: a second audit begins here/,
    ],
    [
      'an audit that counts something else',
      { ...GOOD, 'audit.ndjson': [point('audit_total', 0, 1, { class: 'found', source: 'leader' })] },
      /audit\.ndjson:1: an audit_total without a class/,
    ],
    [
      'a pod that is ready without a kill',
      { ...GOOD, 'kills.ndjson': [point('kill_ready', 5, 1, { pod: 'es-1' })] },
      /kills\.ndjson:1: es-1 became Ready without a kill/,
    ],
  ])('such as %s are ES522, with file and line', async ([, files, message], { shop }) => {
    const error = await errorOf(shop, files);
    expect(error).toMatch(/^ES522 /);
    expect(error).toMatch(message);
  });

  it('of a compressed file that is cut off are ES522, with the line that it got to', async ({ shop }) => {
    const whole = gzipSync(LINES.join('\n') + '\n');
    mkdirSync(join(shop.folder, 'pod'));
    for (const [bytes, message] of [
      [whole.subarray(0, whole.length - 200), /a\.ndjson\.gz:\d+: its compressed data is damaged or cut off/],
      [
        Buffer.concat([whole.subarray(0, 500), Buffer.alloc(300), whole.subarray(800)]),
        /a\.ndjson\.gz:\d+: its compressed data is damaged/,
      ],
      [Buffer.concat([whole, Buffer.alloc(4)]), /a\.ndjson\.gz:\d+: 4 bytes after the compressed data/],
    ] as const) {
      writeFileSync(join(shop.folder, 'pod', 'a.ndjson.gz'), bytes);
      const error = await errorOf(shop, {});
      expect(error).toMatch(/^ES522 /);
      expect(error).toMatch(message);
    }
  });

  it('are whole without a newline at their end, and when a program compressed them in parts', async ({ shop }) => {
    mkdirSync(join(shop.folder, 'pod'));
    writeFileSync(
      join(shop.folder, 'pod', 'a.ndjson.gz'),
      Buffer.concat([LINES.slice(0, 99), LINES.slice(99)].map((part) => gzipSync(part.join('\n') + '\n'))),
    );
    const split = await shop.report({ pod: {} });
    const plain = await shop.report({ disk: { 'a.ndjson': LINES.join('\n') } });
    expect(split.results.cells[0].variants[0].runs[0].lines).toBe(LINES.length);
    expect(split.results.cells[0].variants[0].operations).toEqual(plain.results.cells[0].variants[0].operations);
  });
});

describe('mixed results', () => {
  const later = LINES.slice(DECLARATIONS.length).map((line) => line.replaceAll('T10:', 'T11:'));
  const scenario = (name: string) => [
    point('vus', 0, 1, { scenario: name }),
    point('vus', 9000, 1, { scenario: name }),
  ];
  const settings = (more: object) => JSON.stringify({ users: 5, duration: 30, ...more });

  it.for<[string, Files, RegExp]>([
    [
      'generators of two runs',
      { 'a.ndjson': LINES, 'b.ndjson': later },
      /b\.ndjson:1: one that began at 2026-03-01T11:.* beside .*a\.ndjson/,
    ],
    [
      'generators of two scenarios',
      { 'a.ndjson': scenario('x'), 'b.ndjson': scenario('y') },
      /b\.ndjson:1: one with the scenarios y beside .* with x/,
    ],
    [
      'a generator too few',
      { ...GOOD, 'run.json': settings({ generators: 2 }) },
      /shard-1\.ndjson:1: 1 beside .*run\.json.* 2 generators/,
    ],
  ])('such as %s are ES525', async ([, files, message], { shop }) => {
    const error = await errorOf(shop, files);
    expect(error).toMatch(/^ES525 /);
    expect(error).toMatch(message);
  });

  it.for<[string, Files, RegExp]>([
    [
      'other settings',
      {
        'run-1/a.ndjson': LINES,
        'run-1/run.json': settings({}),
        'run-2/a.ndjson': later,
        'run-2/run.json': settings({ duration: 60 }),
      },
      /run-1 has duration 30, run-2 60/,
    ],
    ['a copy', { 'run-1/a.ndjson': LINES, 'run-2/a.ndjson': LINES }, /run-1 and run-2 are the same results/],
    [
      'texts beside raw results',
      { 'run-1/a.ndjson': [...LINES, point('vus', 0, 5)], 'run-2/k6.txt': TEXT },
      /run-1 has raw results, run-2\/k6\.txt a text summary/,
    ],
    [
      'texts of other lengths',
      { 'a.txt': TEXT, 'b.txt': TEXT.replace('3000 10', '1200 10') },
      /a\.txt lasted 5m, b\.txt 2m/,
    ],
  ])('such as runs with %s are ES526', async ([, files, message], { shop }) => {
    const error = await errorOf(shop, files);
    expect(error).toMatch(/^ES526 /);
    expect(error).toMatch(message);
  });
});

describe('variants and folders', () => {
  it.for<[string, RegExp]>([
    ['pod', /^ES520 .*got "pod"/],
    ['=results', /^ES520 /],
    ['a|b=results', /^ES520 .*"a\|b"/],
    ['pod=nowhere', /^ES521 .*got nowhere, which is no folder/],
  ])('%s is refused', async ([variant, message], { shop }) => {
    await expect(shop.again(variant)).rejects.toThrow(message);
  });

  it('without results are ES521', async ({ shop }) => {
    expect(await errorOf(shop, { 'notes.md': 'nothing yet' })).toMatch(/^ES521 .*holds no \*\.ndjson/);
  });

  it.for<[string, string, RegExp]>([
    ['no JSON', '{', /run\.json: /],
    ['a word for a number', '{"users":"ten"}', /users is no number but "ten"/],
    ['another model', '{"mode":"half-open"}', /mode is neither closed nor open/],
    ['a kill without a time', '{"kills":[{"victim":"leader"}]}', /a kill has no time/],
  ])('whose run.json holds %s are ES524', async ([, text, message], { shop }) => {
    const error = await errorOf(shop, { ...GOOD, 'run.json': text });
    expect(error).toMatch(/^ES524 /);
    expect(error).toMatch(message);
  });

  it('may be given twice, and name files that were not read', async ({ shop }) => {
    const more = LINES.map((line) => line.replaceAll('T10:', 'T12:'));
    await shop.report({ a: { ...GOOD, 'notes.md': 'x', 'ledger-1.log': 'x' }, b: { 'a.ndjson': more } });
    const report = await shop.again(`pod=${join(shop.folder, 'a')}`, `pod=${join(shop.folder, 'b')}`);
    expect(report.results.cells[0].variants[0].runs.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    expect(report.markdown).toMatch(/Not read, since they are no results: .*notes\.md\./);
  });
});

describe('the command', () => {
  it('writes everything on success, and nothing on bad input', async ({ shop }) => {
    await shop.report({ pod: GOOD });
    const good = await shop.run('--variant', 'pod=pod', '--out', 'out');
    expect(good.stderr).toBe('');
    expect(good.code).toBe(0);
    expect(shop.files('out')).toEqual([
      'chart-latency.svg',
      'chart-run-users-0.svg',
      'chart-throughput.svg',
      'report.html',
      'report.md',
      'results.json',
    ]);

    const bad = await shop.run('--variant', 'pod=pod', '--variant', 'disk=disk', '--out', 'other');
    expect(bad).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^ES521 [^\n]+\n$/) });
    expect(shop.files()).toEqual(['out', 'pod']);

    writeFileSync(join(shop.folder, 'file'), '');
    expect((await shop.run('--variant', 'pod=pod', '--out', 'file')).stderr).toMatch(/^ES004 [^\n]+\n$/);
  });

  it('ends with 1 when an event is lost', async ({ shop }) => {
    await shop.report({ pod: { ...GOOD, 'audit.ndjson': audit({ acknowledged: 50, lost: 1 }) } });
    const { code, stdout } = await shop.run('--variant', 'pod=pod');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^LOST: 1 acknowledged event cannot/m);
  });
});

describe('the progress bar', () => {
  const draw = (isTTY: boolean, total: number) => {
    let text = '';
    let time = 0;
    const terminal = { isTTY, write: (more: string) => (text += more) };
    const progress = new Progress(total, terminal, () => (time += 1000));
    progress.advance(total / 4);
    progress.advance(total / 4);
    progress.end();
    return text;
  };

  it('is there for long input on a terminal, and goes away', () => {
    expect(draw(true, 1e9)).toMatch(/^\rreading \[#{8}-{22}\] 25 %\rreading \[#{15}-{15}\] 50 %\r +\r$/);
  });

  it('is not there otherwise', () => {
    expect(draw(false, 1e9) + draw(true, 1e5)).toBe('');
  });
});
