import { forward, longest, longestSaga, pausesOf, steadfast } from './patience.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

describe('the saga', () => {
  it('gives a step forward up within three minutes: a customer is waiting', () => {
    expect(longest(forward)).toBe(30 * 4 + 2 + 4 + 8);
    expect(longest(forward)).toBeLessThan(3 * MINUTE);
  });

  it('tries an undo for an hour or so at the most before a person is asked', () => {
    expect(longest(steadfast)).toBeGreaterThan(50 * MINUTE);
    expect(longest(steadfast)).toBeLessThan(90 * MINUTE);
  });

  it('pauses for twice as long before each retry, up to a bound', () => {
    expect(pausesOf(forward)).toEqual([2, 4, 8]);
    expect(pausesOf({ ...forward, longestPause: 5 })).toEqual([2, 4, 5]);
  });

  it('runs longest where the pivot is refused after all else has been waited for', () => {
    expect(longestSaga()).toBe(3 * longest(forward) + 5 * longest(steadfast));
    expect(longestSaga()).toBeLessThan(6 * HOUR);
  });
});
