import { type CallFrame, type CpuProfile, mergeSelfTimes, selfTimes, selfTimeTable } from './profile.ts';
import { placeOf } from './source-names.ts';

const frame = (functionName: string, url = ''): CallFrame => ({ functionName, url, lineNumber: 0, columnNumber: 0 });
const nameOf = ({ functionName, url }: CallFrame) => ({ name: functionName, place: url || 'V8' });

/** main.ts calls put, which runs a statement; each sample lasts a millisecond. */
const profile = (samples: readonly number[]): CpuProfile => ({
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 6] },
    { id: 2, callFrame: frame('(idle)'), children: [] },
    { id: 3, callFrame: frame('put', 'store.ts'), children: [4] },
    { id: 4, callFrame: frame('run'), children: [5] },
    { id: 5, callFrame: frame('bind'), children: [] },
    { id: 6, callFrame: frame('(garbage collector)'), children: [] },
  ],
  samples: [...samples],
  timeDeltas: [0, ...samples.map(() => 1000)].slice(0, samples.length),
});

describe('self time', () => {
  it('is the time until the next sample; idling is left out', () => {
    expect(selfTimes(profile([2, 3, 3, 6, 2]), nameOf)).toEqual([
      { name: 'put', place: 'store.ts', milliseconds: 2 },
      { name: '(garbage collector)', place: 'V8', milliseconds: 1 },
    ]);
  });

  it('of native code counts for the place that calls it, also through other native code', () => {
    expect(selfTimes(profile([4, 5, 2]), nameOf)).toEqual([
      { name: 'run in put', place: 'store.ts', milliseconds: 1 },
      { name: 'bind in put', place: 'store.ts', milliseconds: 1 },
    ]);
  });

  it('of the same function in several threads is one', () => {
    const one = { name: 'put', place: 'store.ts', milliseconds: 2 };
    const other = { name: 'get', place: 'store.ts', milliseconds: 3 };
    expect(mergeSelfTimes([[one], [other, one]])).toEqual([{ ...one, milliseconds: 4 }, other]);
  });

  it('is told by place and by function, the longest first, as far as asked for', () => {
    const table = selfTimeTable(
      [
        { name: 'put', place: 'store.ts', milliseconds: 60 },
        { name: 'get', place: 'store.ts', milliseconds: 30 },
        { name: 'parse', place: 'zod', milliseconds: 10 },
      ],
      2,
    );
    expect(table.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      '100 ms not idle',
      '',
      'by place | self',
      'store.ts | 90 ms | 90.0 %',
      'zod | 10 ms | 10.0 %',
      '',
      'by function | self',
      'put | store.ts | 60 ms | 60.0 %',
      'get | store.ts | 30 ms | 30.0 %',
    ]);
  });
});

describe('the place of a source', () => {
  it.each([
    ['../../../../../node_modules/@smithy/core/dist-es/submodules/client/stack.js', '@smithy/core'],
    ['node_modules/zod/v4/core/parse.js', 'zod'],
    ['node_modules/a/node_modules/@b/c/index.js', '@b/c'],
    ['../../../../libs/messaging/src/relay.ts', 'libs/messaging/src/relay.ts'],
    ['tools/local-cloud/src/clock.ts', 'tools/local-cloud/src/clock.ts'],
  ])('%s is %s', (path, place) => {
    expect(placeOf(path)).toBe(place);
  });
});
