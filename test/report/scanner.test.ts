import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Line, PointScanner } from '../../cli/report/read/point-scanner';
import { parseTime, TimeParser } from '../../cli/report/read/time';

const NAMES = ['es_acked', 'http_req_duration', 'vus'];

/** What the scanner and JSON.parse make of a line; undefined where they refuse it. */
function both(line: Buffer, scanner = new PointScanner(NAMES)) {
  const kind = scanner.scan(Buffer.concat([line, Buffer.from('\n')]), 0);
  const scanned =
    kind === Line.POINT
      ? { metric: NAMES[scanner.metric], time: scanner.time, value: scanner.value, tags: scanner.set.tags }
      : undefined;
  let parsed: { metric: string; data: { time: string; value: number; tags: object } } | undefined;
  try {
    parsed = JSON.parse(line.toString());
  } catch {
    // not JSON
  }
  return { kind, scanned, parsed, end: scanner.end };
}

const texts = fc.string({ unit: 'grapheme', maxLength: 12 });
const tags = fc.dictionary(texts, texts, { maxKeys: 6 });
const lines = fc
  .record({
    metric: fc.constantFrom(...NAMES, 'http_req_blocked', 'vus_max'),
    time: fc.constantFrom('2026-11-25T22:44:21.446634108Z', '2026-11-25T23:59:59.9+01:00', '2026-01-01T00:00:00Z'),
    value: fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constantFrom(0, 1.473394, 1e-7, 1e21),
    ),
    tags,
    metadata: fc.option(tags, { nil: undefined }),
  })
  .map(({ metric, time, value, tags: own, metadata }) =>
    JSON.stringify({ metric, type: 'Point', data: { time, value, tags: own, ...(metadata && { metadata }) } }),
  );

describe('PointScanner', () => {
  it('reads what JSON.parse reads, or leaves it to JSON.parse', () => {
    fc.assert(
      fc.property(lines, (line) => {
        const { scanned, parsed } = both(Buffer.from(line));
        if (!scanned) return;
        expect(scanned.metric).toBe(parsed!.metric);
        expect(scanned.value).toBe(parsed!.data.value);
        expect(scanned.tags).toEqual(parsed!.data.tags);
        expect(scanned.time).toBeCloseTo(parseTime(parsed!.data.time), 3);
      }),
    );
  });

  it('reads ordinary lines itself', () => {
    const line =
      '{"metric":"es_acked","type":"Point","data":{"time":"2026-11-25T22:44:21.447161157Z","value":1,"tags":{"group":"","phase":"main"},"metadata":{"event":"51b3","number":"3","stream":"s-ü"}}}';
    const { kind, scanned } = both(Buffer.from(line));
    expect(kind).toBe(Line.POINT);
    expect(scanned).toEqual({
      metric: 'es_acked',
      time: expect.closeTo(Date.parse('2026-11-25T22:44:21.447Z') + 0.161157, 3),
      value: 1,
      tags: { group: '', phase: 'main' },
    });
  });

  it('passes no damaged line, in metrics that nobody asked for neither', () => {
    const damage = fc.record({
      at: fc.nat(),
      what: fc.constantFrom('cut', 'drop', 'set'),
      byte: fc.integer({ min: 32, max: 126 }),
    });
    fc.assert(
      fc.property(lines, damage, (line, { at, what, byte }) => {
        const bytes = [...Buffer.from(line)];
        const place = at % bytes.length;
        if (what === 'cut') bytes.length = place;
        if (what === 'drop') bytes.splice(place, 1);
        if (what === 'set') bytes[place] = byte;
        const { kind, parsed } = both(Buffer.from(bytes));
        if (kind !== Line.UNUSUAL) expect(parsed).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('remembers tags by their bytes, across lines', () => {
    const scanner = new PointScanner(NAMES);
    const line = (value: string) =>
      Buffer.from(
        `{"metric":"vus","type":"Point","data":{"time":"2026-11-25T22:44:21Z","value":1,"tags":{"a":"${value}"}}}`,
      );
    const seen = ['1', '2', '12', '1', '2', '3', '1'].map((value) => both(line(value), scanner).scanned!.tags.a);
    expect(seen).toEqual(['1', '2', '12', '1', '2', '3', '1']);
  });

  it.each(['01', '1.', '.5', '1e5', '-', '1234567890.1234567', '+1', 'null', '"1"'])(
    'does not read %s as a number',
    (text) => {
      const line = `{"metric":"vus","type":"Point","data":{"time":"2026-11-25T22:44:21Z","value":${text},"tags":{}}}`;
      expect(both(Buffer.from(line)).kind).toBe(Line.UNUSUAL);
    },
  );
});

describe('times', () => {
  it('are read alike by the fast way and the plain one', () => {
    const times = fc.array(
      fc.record({
        date: fc.date({ min: new Date('1971-01-01'), max: new Date('2099-01-01'), noInvalidDate: true }),
        fraction: fc.stringMatching(/^(\.\d{1,9})?$/),
        zone: fc.constantFrom('Z', '+01:00', '-07:30', '+00:00'),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(times, (all) => {
        const parser = new TimeParser();
        for (const { date, fraction, zone } of all) {
          const text = `${date.toISOString().slice(0, 19)}${fraction}${zone}`;
          const bytes = Buffer.from(`${text}"\n`);
          expect(parser.parse(bytes, 0)).toBe(text.length);
          expect(parser.time).toBeCloseTo(parseTime(text), 3);
        }
      }),
    );
  });

  it.each([
    '2026-11-25 22:44:21Z',
    '2026-11-25T22:44:21',
    '2026-11-25T22:44:61Z',
    '2026-11-25T22:44:21.Z',
    '2026-13-25T22:44:21Z',
    '',
  ])('are none where %j stands', (text) => {
    expect(new TimeParser().parse(Buffer.from(`${text}"\n`), 0)).toBe(-1);
    expect(parseTime(text)).toBeNaN();
  });
});
