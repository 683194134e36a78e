import { openLoop } from './load.ts';

describe('an open loop', () => {
  it('tells each piece of work when it was due, evenly spaced, however late it is begun', async () => {
    const dues: number[] = [];
    await openLoop(1_000_000, { count: 4, signal: new AbortController().signal }, (due) => dues.push(due));
    const [first = NaN] = dues;
    expect(dues.map((due) => Math.round((due - first) * 1000))).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['nothing that is due at its end or later', { until: 0, signal: new AbortController().signal }],
    ['nothing once it is stopped', { signal: AbortSignal.abort() }],
  ])('begins %s', async (_what, limits) => {
    const dues: number[] = [];
    await openLoop(10, limits, (due) => dues.push(due));
    expect(dues).toEqual([]);
  });
});
