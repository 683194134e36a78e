import { figureTable, isReached, type Figure } from './figure.ts';
import { withUnit } from './table.ts';

const figure = (value: number, target?: Figure['target']): Figure => ({
  scenario: 'sagas',
  name: 'sagas a second',
  value,
  unit: '/s',
  ...(target === undefined ? {} : { target }),
});

describe('a target', () => {
  it('is reached at its own value', () => {
    expect(isReached(figure(60, { at: 'least', value: 60 }))).toBe(true);
    expect(isReached(figure(60, { at: 'most', value: 60 }))).toBe(true);
  });

  it('is missed on its other side, and by what could not be measured', () => {
    expect(isReached(figure(59.9, { at: 'least', value: 60 }))).toBe(false);
    expect(isReached(figure(60.1, { at: 'most', value: 60 }))).toBe(false);
    expect(isReached(figure(NaN, { at: 'most', value: 60 }))).toBe(false);
  });

  it('is not asked where there is none', () => {
    expect(isReached(figure(1))).toBeUndefined();
  });
});

describe('numbers', () => {
  it.each([
    [0.0123, 'ms', '0.01 ms'],
    [1.256, 'ms', '1.26 ms'],
    [12.34, '/s', '12.3 /s'],
    [1234.5, '/s', '1,235 /s'],
    [20_000, '', '20,000'],
    [NaN, 'ms', 'not measured'],
    [Infinity, 'ms', 'not measured'],
  ])('%d with the unit "%s" is shown as "%s"', (value, unit, text) => {
    expect(withUnit(value, unit)).toBe(text);
  });
});

it('a table tells name, figure, target and whether it is reached, in columns', () => {
  const figures = [
    figure(72, { at: 'least', value: 60 }),
    { ...figure(48.2, { at: 'most', value: 5 }), name: 'p99', unit: 'ms' },
    { ...figure(3), name: 'refused', unit: '' },
  ];
  expect(figureTable(figures).split('\n')).toEqual([
    '                measured   target',
    'sagas a second     72 /s  ≥ 60 /s      reached',
    'p99              48.2 ms   ≤ 5 ms  NOT reached',
    'refused                3',
  ]);
});
