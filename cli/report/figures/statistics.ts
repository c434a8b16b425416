/** A ratio of two variants' geometric means over their runs. */
export interface Ratio {
  readonly value: number;
  /** the 95 % confidence interval; absent where a variant has a single run */
  readonly interval?: readonly [number, number];
}

/**
 * The ratio of geometric means with Welch's t interval on the logarithms. The unit is the run: requests of one run
 * depend on each other, so their number says nothing about how far a run can be repeated.
 */
export function ratioOf(a: readonly number[], b: readonly number[]): Ratio | undefined {
  if (a.length === 0 || b.length === 0 || ![...a, ...b].every((value) => value > 0 && Number.isFinite(value))) {
    return undefined;
  }
  const [x, y] = [a, b].map((values) => values.map(Math.log));
  const difference = mean(x) - mean(y);
  if (a.length < 2 || b.length < 2) return { value: Math.exp(difference) };
  const [vx, vy] = [variance(x) / x.length, variance(y) / y.length];
  const error = Math.sqrt(vx + vy);
  const freedom = error === 0 ? 1 : (vx + vy) ** 2 / (vx ** 2 / (x.length - 1) + vy ** 2 / (y.length - 1));
  const half = error === 0 ? 0 : studentQuantile(0.975, freedom) * error;
  return { value: Math.exp(difference), interval: [Math.exp(difference - half), Math.exp(difference + half)] };
}

/** Whether the interval leaves open which variant is ahead; a single run always does. */
export function inconclusive({ interval }: Ratio): boolean {
  return !interval || (interval[0] <= 1 && interval[1] >= 1);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

/** Student's t: the value that a share of the distribution stays below, by bisection of its integral. */
export function studentQuantile(share: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (studentBelow(high, freedom) < share) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-12 * high; i++) {
    const half = (low + high) / 2;
    if (studentBelow(half, freedom) < share) low = half;
    else high = half;
  }
  return (low + high) / 2;
}

/** Of a value of zero or more. */
function studentBelow(value: number, freedom: number): number {
  return 1 - incompleteBeta(freedom / (freedom + value * value), freedom / 2, 0.5) / 2;
}

/** The regularised incomplete beta function, by its continued fraction (modified Lentz). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a;
  const safe = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** Lanczos' approximation, good to 15 digits for positive values. */
function logGamma(z: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z);
  const series = coefficients.reduce((sum, value, i) => sum + value / (z + i), 0.99999999999980993);
  const t = z + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (z - 0.5) * Math.log(t) - t + Math.log(series);
}
