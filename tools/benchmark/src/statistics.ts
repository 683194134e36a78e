/** Arithmetic on measurements. */

/** How a set of durations is spread. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The smallest value that at least this share of the values does not exceed (nearest rank); NaN where there is none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Sorts a copy and reads the usual percentiles. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  return {
    count: sorted.length,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    max: sorted.at(-1) ?? NaN,
  };
}

/** How many of the moments lie in [from, to), a second; all in milliseconds. */
export function rateWithin(moments: readonly number[], from: number, to: number): number {
  return moments.filter((moment) => moment >= from && moment < to).length / ((to - from) / 1000);
}

/** The rates of the whole seconds in [from, to), for telling a steady run from one that sags. */
export function ratesBySecond(moments: readonly number[], from: number, to: number): number[] {
  const rates = Array.from({ length: Math.floor((to - from) / 1000) }, () => 0);
  for (const moment of moments) {
    const second = Math.floor((moment - from) / 1000);
    const rate = rates[second];
    if (rate !== undefined) rates[second] = rate + 1;
  }
  return rates;
}

/** The slope of the straight line that fits the points best (least squares); 0 where they do not differ in x. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
}
