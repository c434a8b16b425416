import { describe, expect } from 'vitest';
import { type AuditCounts, append, audit, DECLARATIONS, point } from './results';
import { type Files, it } from './workshop';

/** A thousand acknowledged events, two refused and three indeterminate ones. */
const EVENTS = [
  ...Array.from({ length: 1000 }, (_, i) => append({ at: 10 * i, ms: 5, stream: `s-${i >> 3}` })),
  ...Array.from({ length: 2 }, (_, i) => append({ at: 7000 + i, ms: 5, outcome: 'refused' })),
  ...Array.from({ length: 3 }, (_, i) => append({ at: 8000 + i, ms: 5, outcome: 'indeterminate' })),
].flat();
const WHOLE = { attempted: 1005, acknowledged: 1000, indeterminatePresent: 2, indeterminateAbsent: 1 };

function run(...columns: AuditCounts[]): Files {
  return { 'shard-1.ndjson': [...DECLARATIONS, ...EVENTS], 'audit.ndjson': audit(...columns) };
}

function withLines(files: Files, ...lines: string[]): Files {
  return { ...files, 'audit.ndjson': [...(files['audit.ndjson'] as string[]), ...lines] };
}

function fault(kind: string, stream: string, source = 'leader'): string {
  const where = { stream, event: `event of ${stream}`, expected: '7', found: kind === 'lost' ? '' : '7 9' };
  return point('audit_event', 0, 1, { class: kind, source }, where);
}

describe('the ledger', () => {
  it('is proven when the audit found exactly what was acknowledged, everywhere', async ({ shop }) => {
    const report = await shop.report({ pod: run(WHOLE, { source: 'es-1', ...WHOLE }, { source: 'es-2', ...WHOLE }) });
    expect(report.code).toBe(0);
    expect(report.verdict).toBe(
      '0 lost: all 1,000 acknowledged events were read back. Asked were leader, es-1 and es-2, after 1 run.',
    );
    expect(report.table('looked for')[0]).toMatchObject({
      attempted: '1,005',
      acknowledged: '1,000',
      refused: '2',
      indeterminate: '3',
      asked: 'leader',
      'looked for': '1,000',
      present: '1,000',
      lost: '0',
      'indeterminate, present': '2',
      'indeterminate, absent': '1',
      verdict: 'PROVEN',
    });
    expect(report.markdown).toContain('🟢');
  });

  it('has a red banner, the count and the streams of lost events, and ends with 1', async ({ shop }) => {
    const files = withLines(run({ ...WHOLE, lost: 2 }), fault('lost', 's-17'), fault('lost', 's-99'));
    const report = await shop.report({ pod: files });
    expect(report.code).toBe(1);
    expect(report.verdict).toMatch(/^LOST: 2 acknowledged events cannot be read back\. pod pod: 2 lost, .* of 1,000/);
    expect(report.html).toContain('class="banner red"');
    expect(report.table('stream').map((row) => [row.fault, row.stream])).toEqual([
      ['lost', 's-17'],
      ['lost', 's-99'],
    ]);
  });

  it('ends with 1 for events that are elsewhere or there twice', async ({ shop }) => {
    const report = await shop.report({
      moved: withLines(run({ ...WHOLE, present: 1000, misplaced: 1 }), fault('misplaced', 's-3')),
      twice: withLines(run({ ...WHOLE, duplicate: 2 }), fault('duplicate', 's-4'), fault('duplicate', 's-5')),
    });
    expect(report.code).toBe(1);
    expect(report.verdict).toMatch(
      /^FAULTY: .*moved moved: 0 lost, 1 misplaced, 0 stored twice.*twice twice: 0 lost, 0 misplaced, 2 stored twice/,
    );
    expect(report.table('stream').map((row) => row.stream)).toEqual(['s-3', 's-4', 's-5']);
    expect(report.table('stream')[1]).toMatchObject({ expected: '7', found: '7 9' });
  });

  it('is lost when one member alone lacks an event', async ({ shop }) => {
    const report = await shop.report({ pod: run(WHOLE, { source: 'es-2', ...WHOLE, lost: 1 }) });
    expect([report.code, report.verdict]).toEqual([1, expect.stringMatching(/^LOST: 1 acknowledged event /)]);
  });

  it.for<[string, Files]>([
    ['the audit was not run', { 'shard-1.ndjson': EVENTS }],
    [
      'nothing was acknowledged',
      { 'shard-1.ndjson': [point('vus', 0, 1)], 'audit.ndjson': audit({ acknowledged: 0 }) },
    ],
    ['the audit did not ask the leader', run({ source: 'es-1', ...WHOLE })],
    [
      'looked for 999 events, the results say that 1000 were acknowledged',
      run({ ...WHOLE, acknowledged: 999, attempted: 1005 }),
    ],
    [
      'looked for 1001 events, the results say that 1000 were acknowledged',
      run({ ...WHOLE, acknowledged: 1001, attempted: 1005 }),
    ],
    ['accounts for 998 present and 0 lost of 1000', run({ ...WHOLE, present: 998 })],
    ['looked for 2 indeterminate events, the results have 3', run({ ...WHOLE, indeterminateAbsent: 0 })],
    ['knows of 1004 appends, the results have 1005', run({ ...WHOLE, attempted: 1004 })],
    [
      'could not read 12 events from es-2',
      withLines(run(WHOLE), point('audit_unread', 0, 12, { source: 'es-2', class: 'unread' })),
    ],
    [
      'did not come to its end',
      {
        'shard-1.ndjson': EVENTS,
        'audit.ndjson': [fault('misplaced', 's-1').replaceAll('audit_event', 'audit_began')],
      },
    ],
    [
      'does not say how many were lost',
      { 'shard-1.ndjson': EVENTS, 'audit.ndjson': audit(WHOLE).filter((line) => !line.includes('"lost"')) },
    ],
  ])('is unknown, never green, and ends with 2 where %s', async ([reason, files], { shop }) => {
    const report = await shop.report({ pod: files });
    expect(report.code).toBe(2);
    expect(report.verdict).toMatch(/^UNKNOWN: /);
    expect(report.verdict.toLowerCase()).toContain(reason);
    expect(report.markdown).not.toContain('🟢');
    expect(report.html).not.toContain('class="banner green"');
  });

  it('of several runs is that of the worst', async ({ shop }) => {
    const good = run(WHOLE);
    const unknown = { 'shard-1.ndjson': EVENTS.slice(11) };
    expect((await shop.report({ a: good, b: unknown })).code).toBe(2);
    expect((await shop.report({ a: unknown, b: good, c: run({ ...WHOLE, lost: 1 }) })).code).toBe(1);
  });

  it('shows events that nobody was told of, and does not call them lost', async ({ shop }) => {
    const strange = point(
      'audit_unexpected',
      0,
      1,
      { class: 'unexpected', source: 'leader' },
      { stream: 's-8', event: 'e', found: '11' },
    );
    const report = await shop.report({ pod: withLines(run(WHOLE), strange) });
    expect(report.code).toBe(0);
    expect(report.table('looked for')[0].unexpected).toBe('1');
    expect(report.table('stream')[0]).toMatchObject({ fault: 'unexpected', stream: 's-8', found: '11' });
  });
});
