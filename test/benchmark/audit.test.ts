import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mergeAudits } from '../../cli/benchmark/merge-audit';
import { type Entry, ledgerLine, parseLedgerLine } from '../../lib/benchmark/ledger';
import { point } from '../../lib/benchmark/point';
import { judge } from '../../lib/benchmark/verdict';
import { codeOf } from '../helpers';

const ids = Array.from({ length: 9 }, (_, i) => `00000000-0000-4000-8000-00000000000${i}`);
const acked = (i: number, number = i): Entry => ({ id: ids[i], outcome: 'acknowledged', number });
const stored = (...order: number[]) => order.map((i, number) => ({ id: ids[i], number }));
const kinds = (entries: Entry[], events: { id: string; number: number }[]) =>
  judge(entries, events).exceptions.map(({ kind, event }) => `${kind} ${ids.indexOf(event)}`);

describe('the ledger', () => {
  const entry = fc.oneof(
    fc.record({ id: fc.uuid(), outcome: fc.constant('acknowledged' as const), number: fc.nat() }),
    fc.record({ id: fc.uuid(), outcome: fc.constantFrom('refused' as const, 'indeterminate' as const) }),
  );

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[-\w]+$/), fc.array(entry, { minLength: 1 }), (stream, entries) => {
        expect(parseLedgerLine(ledgerLine(stream, entries))).toEqual({ stream, entries });
      }),
    );
  });

  it('takes no line that was cut off within an event', () => {
    const line = ledgerLine('s', [acked(0), acked(1)]);
    expect(() => parseLedgerLine(line.slice(0, -2))).toThrow('not a line of the ledger');
    expect(() => parseLedgerLine('s')).toThrow('not a line of the ledger');
    expect(() => parseLedgerLine('time="…" level=warning msg="Request Failed"')).toThrow('not a line of the ledger');
  });
});

describe('an event is', () => {
  it('present where the acknowledgement says', () => {
    expect(judge([acked(0), acked(1)], stored(0, 1))).toMatchObject({ present: 2, exceptions: [] });
  });

  it('lost when it is acknowledged and nowhere', () => {
    expect(kinds([acked(0), acked(1), acked(2)], [stored(0)[0], { id: ids[2], number: 2 }])).toEqual(['lost 1']);
  });

  it('misplaced when it is at another number', () => {
    expect(kinds([acked(0), acked(1)], stored(1, 0))).toEqual(['misplaced 0', 'misplaced 1']);
  });

  it('a duplicate when it is there twice, and in its place too', () => {
    expect(kinds([acked(0), acked(1, 2)], stored(0, 0, 1))).toEqual(['duplicate 0']);
    expect(judge([acked(0)], stored(0, 0)).present).toBe(1);
  });

  it('neither lost nor misplaced when nobody knows whether it was stored', () => {
    const doubtful: Entry[] = [
      { id: ids[0], outcome: 'indeterminate' },
      { id: ids[1], outcome: 'indeterminate' },
    ];
    expect(judge(doubtful, stored(1))).toEqual({
      present: 0,
      indeterminatePresent: 1,
      indeterminateAbsent: 1,
      exceptions: [],
    });
  });

  it('unexpected when it was refused, or is nobody’s', () => {
    expect(kinds([{ id: ids[0], outcome: 'refused' }], stored(0, 5))).toEqual(['unexpected 0', 'unexpected 5']);
  });

  it('never counted twice: acknowledged = present + lost, whatever was stored', () => {
    const outcomes = fc.array(fc.constantFrom('acknowledged', 'refused', 'indeterminate'), { maxLength: 9 });
    fc.assert(
      fc.property(outcomes, fc.array(fc.nat(8)), (given, events) => {
        const entries = given.map(
          (outcome, i) => (outcome === 'acknowledged' ? acked(i) : { id: ids[i], outcome }) as Entry,
        );
        const { present, exceptions, indeterminatePresent, indeterminateAbsent } = judge(entries, stored(...events));
        const lost = exceptions.filter(({ kind }) => kind === 'lost').length;
        expect(present + lost).toBe(given.filter((outcome) => outcome === 'acknowledged').length);
        expect(indeterminatePresent + indeterminateAbsent).toBe(given.filter((o) => o === 'indeterminate').length);
      }),
    );
  });
});

describe('generators’ audits become one', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const event = (kind: string, stream: string, id: number, found = '', source = 'leader') =>
    point('audit_event', 1, { class: kind, source }, { stream, event: ids[id], expected: String(id), found });
  const total = (kind: string, value: number, source = 'leader') =>
    point('audit_total', value, { class: kind, source });
  const write = (shard: number, events: string[], totals: string[]) => {
    writeFileSync(join(folder, `audit-${shard}.ndjson`), events.map((line) => `${line}\n`).join(''));
    writeFileSync(join(folder, `audit-${shard}-totals.ndjson`), `${totals.join('\n')}\n`);
  };
  const read = () =>
    readFileSync(join(folder, 'audit.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const totals = () =>
    Object.fromEntries(
      read()
        .filter(({ metric }) => metric === 'audit_total')
        .map(({ data }) => [`${data.tags.source} ${data.tags.class}`, data.value]),
    );

  it('with their counts added up', () => {
    write(1, [], [total('present', 10), total('lost', 0), total('present', 9, 'es-1')]);
    write(2, [event('lost', 's', 1)], [total('present', 5), total('lost', 1), total('present', 6, 'es-1')]);
    mergeAudits(folder, [1, 2]);
    expect(totals()).toEqual({ 'leader present': 15, 'leader lost': 1, 'es-1 present': 15 });
    expect(read()[0].data.metadata).toMatchObject({ stream: 's', event: ids[1] });
    expect(readdirSync(folder)).toEqual(['audit.ndjson']);
  });

  it('and an event that one misses and another has too many is misplaced, on that source alone', () => {
    const lines = (source: string) => [event('lost', 's', 1, '', source), event('lost', 's', 2, '', source)];
    const counts = (source: string) => [
      total('present', 8, source),
      total('lost', 2, source),
      total('misplaced', 0, source),
    ];
    write(1, [...lines('leader'), ...lines('es-1')], [...counts('leader'), ...counts('es-1'), total('unexpected', 0)]);
    write(2, [event('unexpected', 't', 1, '7')], [total('unexpected', 1)]);
    mergeAudits(folder, [1, 2]);
    expect(totals()).toEqual({
      ...{ 'leader present': 9, 'leader lost': 1, 'leader misplaced': 1 },
      ...{ 'es-1 present': 8, 'es-1 lost': 2, 'es-1 misplaced': 0 },
    });
    const [misplaced] = read().filter(({ data }) => data.tags.class === 'misplaced');
    expect(misplaced.data.metadata).toEqual({ stream: 's', event: ids[1], expected: '1', found: 't/7' });
  });

  it('and what nobody was told of, or nobody could read, stays visible and beside the ledger', () => {
    write(1, [event('unexpected', 't', 3, '7')], [total('unexpected', 1), total('unread', 4), total('lost', 0)]);
    mergeAudits(folder, [1]);
    expect(read().map(({ metric, data }) => [metric, data.value])).toEqual([
      ['audit_unexpected', 1],
      ['audit_unread', 4],
      ['audit_total', 0],
    ]);
  });

  it('unless one was cut off', () => {
    write(1, [event('lost', 's', 1).slice(0, 50)], [total('lost', 1)]);
    expect(codeOf(() => mergeAudits(folder, [1]))).toBe('ES552');
    expect(() => mergeAudits(folder, [1])).toThrow(`${folder}/audit-1.ndjson:1`);
  });

  it('and none, where there is none', () => {
    mergeAudits(folder, [1]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
