const SUB_BITS = 7;
const SUB = 1 << SUB_BITS;
const OCTAVES = 31 - SUB_BITS + 1;
const UNIT = 1000;

/**
 * Latencies in buckets of equal relative width, so that any number of them takes the same 26 kB and any two histograms
 * can be added: percentiles of shards and runs come from the added counts, never from an average of percentiles.
 * Counted in whole microseconds, so that sums do not depend on the order. A quantile is off by 0.4 % at most;
 * count, mean, minimum and maximum are exact to the microsecond.
 */
export class Histogram {
  public count = 0;
  private readonly buckets = new Float64Array((OCTAVES + 1) * SUB);
  private sum = 0;
  private least = Number.POSITIVE_INFINITY;
  private most = 0;

  /** Milliseconds; below zero is zero. */
  record(milliseconds: number): void {
    const value = milliseconds > 0 ? Math.round(milliseconds * UNIT) : 0;
    this.count++;
    this.sum += value;
    if (value < this.least) this.least = value;
    if (value > this.most) this.most = value;
    this.buckets[bucketOf(value)]++;
  }

  add(other: Histogram): void {
    for (let i = 0; i < this.buckets.length; i++) this.buckets[i] += other.buckets[i];
    this.count += other.count;
    this.sum += other.sum;
    this.least = Math.min(this.least, other.least);
    this.most = Math.max(this.most, other.most);
  }

  /** The value that this share of the values does not exceed (nearest rank), in ms; undefined if there are none. */
  quantile(share: number): number | undefined {
    if (this.count === 0) return undefined;
    let left = Math.max(1, Math.ceil(share * this.count));
    if (left >= this.count) return this.max;
    for (let i = 0; i < this.buckets.length; i++) {
      left -= this.buckets[i];
      if (left <= 0) return Math.min(this.most, Math.max(this.least, middle(i))) / UNIT;
    }
    return this.max;
  }

  get mean(): number | undefined {
    return this.count === 0 ? undefined : this.sum / this.count / UNIT;
  }

  get min(): number | undefined {
    return this.count === 0 ? undefined : this.least / UNIT;
  }

  get max(): number | undefined {
    return this.count === 0 ? undefined : this.most / UNIT;
  }

  /** All values together, in ms. */
  get total(): number {
    return this.sum / UNIT;
  }
}

function bucketOf(value: number): number {
  if (value < SUB) return value;
  const capped = value > 0x7fffffff ? 0x7fffffff : value; // 36 minutes: the sum and the maximum stay exact
  const shift = 31 - Math.clz32(capped) - SUB_BITS;
  return shift * SUB + (capped >>> shift);
}

function middle(bucket: number): number {
  if (bucket < 2 * SUB) return bucket;
  const shift = (bucket >> SUB_BITS) - 1;
  return (SUB + (bucket & (SUB - 1))) * 2 ** shift + (2 ** shift - 1) / 2;
}
