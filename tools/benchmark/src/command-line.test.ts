import { HELP, Misuse, readCommandLine } from './command-line.ts';
import { scenarioNames } from './scenarios.ts';

describe('the command line', () => {
  it('without words means every scenario, each as long as it wants', () => {
    expect(readCommandLine([])).toMatchObject({ scenarios: scenarioNames, seconds: undefined, loop: 'both' });
  });

  it('takes scenarios and options in any order', () => {
    expect(readCommandLine(['latency', '--rate', '45', 'sagas', '--seconds', '20', '--profile', 'out'])).toMatchObject({
      scenarios: ['latency', 'sagas'],
      rate: 45,
      seconds: 20,
      profile: 'out',
    });
  });

  it.each([
    [['--help'], 'help'],
    [['sagas', '-h'], 'help'],
  ])('%j asks for help', (args, answer) => {
    expect(readCommandLine(args)).toBe(answer);
  });

  it('explains every scenario', () => {
    for (const name of scenarioNames) expect(HELP).toMatch(new RegExp(`^ {2}${name} +\\w`, 'm'));
  });

  it.each([
    [['speed'], 'There is no scenario "speed"'],
    [['toString'], 'There is no scenario "toString"'],
    [['--seconds', '0'], '--seconds takes a whole number from 1, not "0".'],
    [['--rate', 'fast'], '--rate takes a whole number from 1, not "fast".'],
    [['--loop', 'round'], '--loop takes open, closed or both, not "round".'],
    [['--quick'], "Unknown option '--quick'"],
  ])('%j is refused: %s', (args, reason) => {
    expect(() => readCommandLine(args)).toThrow(Misuse);
    expect(() => readCommandLine(args)).toThrow(reason);
  });
});
