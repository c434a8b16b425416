import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../cli/report/figures/histogram';
import { geometricMean, inconclusive, ratioOf, studentQuantile } from '../../cli/report/figures/statistics';
import { type Gap, Instants, Timeline } from '../../cli/report/figures/timeline';

describe('Student’s t', () => {
  // from printed tables of the 97.5 % point
  it.each([
    [1, 12.7062],
    [2, 4.3027],
    [3, 3.1824],
    [4, 2.7764],
    [9, 2.2622],
    [30, 2.0423],
    [120, 1.9799],
  ])('with %d degrees of freedom is %d', (freedom, value) => {
    expect(studentQuantile(0.975, freedom)).toBeCloseTo(value, 4);
  });

  it('with one degree of freedom is the tangent', () => {
    for (const share of [0.6, 0.75, 0.9, 0.99]) {
      expect(studentQuantile(share, 1)).toBeCloseTo(Math.tan(Math.PI * (share - 0.5)), 6);
    }
  });
});

describe('ratioOf', () => {
  it('divides geometric means', () => {
    expect(ratioOf([100, 400], [50, 50, 50])?.value).toBeCloseTo(4, 12);
    expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 12);
  });

  it('gives Welch’s interval', () => {
    // worked out by hand: logs differ by ln 2; both sides have the variance 0.01, so the freedom is 4
    const side = (middle: number) => [-0.1, 0, 0.1].map((step) => middle * Math.exp(step));
    const half = 2.7764 * Math.sqrt(0.02 / 3);
    const { interval } = ratioOf(side(200), side(100)) ?? {};
    expect(interval?.[0]).toBeCloseTo(2 * Math.exp(-half), 3);
    expect(interval?.[1]).toBeCloseTo(2 * Math.exp(half), 3);
  });

  it('gives no interval to a single run, and calls it inconclusive', () => {
    const ratio = ratioOf([264.12], [210.54])!;
    expect(ratio).toEqual({ value: expect.closeTo(1.2545, 4) });
    expect(inconclusive(ratio)).toBe(true);
  });

  it('is inconclusive only when the interval holds 1', () => {
    expect(inconclusive(ratioOf([100, 101, 99], [50, 51, 49])!)).toBe(false);
    expect(inconclusive(ratioOf([100, 150, 70], [90, 140, 75])!)).toBe(true);
  });

  it('is undefined where a value is not above zero', () => {
    expect(ratioOf([1, 0], [1])).toBeUndefined();
    expect(ratioOf([], [1])).toBeUndefined();
  });

  it('turned around is its inverse', () => {
    const runs = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(runs, runs, (a, b) => {
        const [there, back] = [ratioOf(a, b)!, ratioOf(b, a)!];
        expect(there.value * back.value).toBeCloseTo(1, 9);
        expect(there.interval![0] * back.interval![1]).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe('Histogram', () => {
  const latencies = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 });
  const shares = fc.double({ min: 0.001, max: 1, noNaN: true });
  const filled = (values: readonly number[]) => {
    const histogram = new Histogram();
    for (const value of values) histogram.record(value);
    return histogram;
  };

  it('is within 0.4 % of the exact quantile', () => {
    fc.assert(
      fc.property(latencies, shares, (values, share) => {
        const sorted = values.map((value) => Math.round(value * 1000) / 1000).sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
        expect(Math.abs(filled(values).quantile(share)! - exact)).toBeLessThanOrEqual(exact * 0.004 + 1e-9);
      }),
    );
  });

  it('knows count, mean, minimum and maximum exactly, to the microsecond', () => {
    const histogram = filled([60_000, 0.001, 2.5, 2.5]);
    expect([histogram.count, histogram.min, histogram.max]).toEqual([4, 0.001, 60_000]);
    expect(histogram.mean).toBe(60_005.001 / 4);
  });

  it('holds hours as well', () => {
    expect(filled([7_200_000]).max).toBe(7_200_000);
    expect(filled([7_200_000, 7_200_000]).quantile(0.5)).toBe(7_200_000);
  });

  it('of shards added up is that of all values, in any order', () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const sum = filled(b);
        sum.add(filled(a));
        expect(sum).toEqual(filled([...a, ...b]));
      }),
      { numRuns: 20 },
    );
  });
});

describe('Timeline', () => {
  it('counts by second, in any order', () => {
    const times = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(times, (all) => {
        const timeline = new Timeline(1);
        for (const time of all) timeline.add(0, time, 1);
        const { from, to } = timeline.span!;
        expect(from).toBe(Math.floor(Math.min(...all) / 1000));
        expect(to).toBe(Math.floor(Math.max(...all) / 1000) + 1);
        const expected = Array.from(
          { length: to - from },
          (_, i) => all.filter((time) => Math.floor(time / 1000) === from + i).length,
        );
        expect(timeline.counts(0, from, to)).toEqual(expected);
      }),
    );
  });

  it('has nothing before and after', () => {
    const timeline = new Timeline(1);
    timeline.add(0, 5500, 2);
    expect(timeline.counts(0, 3, 8)).toEqual([0, 0, 2, 0, 0]);
    expect(new Timeline(1).span).toBeUndefined();
  });
});

describe('the longest gap', () => {
  /** Looks at every pair of neighbours. */
  function plainly(times: readonly number[], from: number, to: number): Gap {
    const sorted = [...new Set(times)].sort((a, b) => a - b);
    const before = sorted.filter((time) => time < from).at(-1) ?? from;
    const after = sorted.find((time) => time >= to);
    const inside = sorted.filter((time) => time >= from && time < to);
    const stops = [before, ...inside, after ?? to];
    const gaps = stops.slice(1).map(
      (stop, i): Gap => ({
        from: stops[i],
        to: stop,
        open: after === undefined && i === stops.length - 2,
      }),
    );
    return gaps.reduce((longest, gap) => (gap.to - gap.from > longest.to - longest.from ? gap : longest));
  }

  it('is that of a plain search, whatever the order of events', () => {
    const times = fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: 0, max: 200_000 }),
        fc.integer({ min: 1, max: 60_000 }),
        (all, from, length) => {
          const instants = new Instants();
          for (const time of all) instants.add(time);
          expect(instants.longestGap(from, from + length)).toEqual(plainly(all, from, from + length));
        },
      ),
    );
  });

  it('reaches back to the write before the kill', () => {
    const instants = new Instants();
    for (const time of [1000, 1400, 5000, 5100]) instants.add(time);
    expect(instants.longestGap(2000, 10_000)).toEqual({ from: 5100, to: 10_000, open: true });
    expect(instants.longestGap(2000, 5050)).toEqual({ from: 1400, to: 5000, open: false });
  });
});
