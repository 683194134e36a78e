import { alarmNames, alarmUses } from './alarms.ts';
import { headingsOf, read } from './repository.ts';

const [, ...pages] = headingsOf(read('docs/runbook.md'));

describe('the runbook', () => {
  it('has a page for every alarm, and for nothing else', () => {
    expect([...pages].sort()).toEqual(alarmNames());
  });

  it('overlooks no alarm: each is given a name that can be read', () => {
    const { made, named } = alarmUses();
    expect(named).toBe(made);
  });
});
