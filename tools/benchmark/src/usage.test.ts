import { cpuSecondsIn, machineCpuSecondsIn } from './process-usage.ts';
import { type UsageMark, usageBetween, usageFigures } from './usage.ts';

const mark = (at: number, seconds: Readonly<Record<string, number>>, machine: number): UsageMark => ({
  at,
  seconds: new Map(Object.entries(seconds)),
  machine,
});

describe('what Linux tells of CPU time', () => {
  it('is user and system time of a process, whatever its name holds', () => {
    const rest = 'S 1 1 1 0 -1 4194560 100 0 0 0 250 50 7 7 20 0 11 0 5000';
    expect(cpuSecondsIn(`4711 (node (a) b) ${rest}`)).toBe(3);
  });

  it('is everything but waiting of the machine', () => {
    expect(machineCpuSecondsIn('cpu  100 200 300 99999 88888 10 20 5 7 8\ncpu0 1 2 3')).toBe(6.3);
  });
});

describe('usage over a stretch of time', () => {
  const from = mark(1000, { main: 1, client: 0.5 }, 100);
  const to = mark(11_000, { main: 5, client: 1.5, 'Lambda host': 3 }, 110);

  it('is told by process, also of one that came meanwhile', () => {
    expect(Object.fromEntries(usageBetween(from, to))).toEqual({ main: 4, client: 1, 'Lambda host': 3 });
  });

  it('is CPU time for each piece of work, and cores, those of other programs too', () => {
    const figures = usageFigures('sagas', 'saga', from, to, 100, 2);
    expect(Object.fromEntries(figures.map(({ name, value, unit }) => [name, [value, unit]]))).toEqual({
      'CPU a saga, main': [40, 'ms'],
      'CPU a saga, client': [10, 'ms'],
      'CPU a saga, Lambda host': [30, 'ms'],
      'CPU a saga, all': [80, 'ms'],
      'sagas that this CPU time allows': [25, '/s'],
      'busy, main': [0.4, 'cores'],
      'busy, client': [0.1, 'cores'],
      'busy, Lambda host': [0.3, 'cores'],
      'busy, other programs': [0.2, 'cores'],
    });
  });

  it('has no figures where nobody tells it', () => {
    const silent: UsageMark = { at: 0, seconds: new Map(), machine: undefined };
    expect(usageFigures('sagas', 'saga', silent, { ...silent, at: 1000 }, 1)).toEqual([]);
  });
});
