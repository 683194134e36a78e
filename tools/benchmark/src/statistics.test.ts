import { percentile, rateWithin, ratesBySecond, slopeOf, spreadOf } from './statistics.ts';

const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

describe('percentiles', () => {
  it('are values that were measured, by nearest rank', () => {
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 95, 99, 100]);
    expect([0.5, 0.51, 0.75].map((share) => percentile([10, 20, 30, 40], share))).toEqual([20, 30, 30]);
  });

  it('of one value are that value', () => {
    expect(spreadOf([7])).toEqual({ count: 1, p50: 7, p95: 7, p99: 7, max: 7 });
  });

  it('need no order, and leave the values as they were', () => {
    const values = [3, 1, 2];
    expect(spreadOf(values)).toMatchObject({ p50: 2, max: 3 });
    expect(values).toEqual([3, 1, 2]);
  });

  it('of nothing are not numbers', () => {
    expect(spreadOf([])).toEqual({ count: 0, p50: NaN, p95: NaN, p99: NaN, max: NaN });
  });
});

describe('rates', () => {
  it('count what lies in the window: its beginning does, its end does not', () => {
    expect(rateWithin([999, 1000, 1500, 2999, 3000], 1000, 3000)).toBe(1.5);
  });

  it('are told for each whole second', () => {
    expect(ratesBySecond([500, 1000, 1100, 2900, 3000, 3400], 1000, 3500)).toEqual([2, 1]);
  });
});

describe('the slope', () => {
  it('is that of the line through the points', () => {
    expect(
      slopeOf([
        [0, 5],
        [1, 7],
        [2, 9],
      ]),
    ).toBeCloseTo(2);
  });

  it('of points that go up and down evenly is flat', () => {
    expect(
      slopeOf([
        [0, 1],
        [1, 3],
        [2, 3],
        [3, 1],
      ]),
    ).toBeCloseTo(0);
  });

  it('of a single point is none', () => {
    expect(slopeOf([[1, 1]])).toBe(0);
  });
});
