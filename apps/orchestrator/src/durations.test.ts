import { forward, longest, steadfast } from './durations.ts';

const MINUTE = 60;

describe('the durations of the saga', () => {
  it('give a step forward up within three minutes: a customer is waiting', () => {
    expect(longest(forward)).toBe(30 * 4 + 2 + 4 + 8);
    expect(longest(forward)).toBeLessThan(3 * MINUTE);
  });

  it('try an undo for an hour or so at the most before a person is asked', () => {
    expect(longest(steadfast)).toBeGreaterThan(50 * MINUTE);
    expect(longest(steadfast)).toBeLessThan(90 * MINUTE);
  });
});
