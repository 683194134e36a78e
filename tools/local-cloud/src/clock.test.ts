/** The clock: timers at their own moments, in order, whatever one of them does. */
import { Clock } from './clock.ts';

const START = Date.UTC(2026, 0, 1);

describe('a clock that is advanced', () => {
  it('fires each timer at its own moment, in order, those included that another one sets', async () => {
    const clock = new Clock({ frozenAt: START });
    const fired: [string, number][] = [];
    const note = (what: string) => () => void fired.push([what, clock.now() - START]);
    clock.after(3000, note('third'));
    clock.after(1000, () => {
      note('first')();
      clock.after(500, note('second'));
    });
    clock.after(2000, note('taken back')).cancel();
    await clock.advance(5000);
    expect(fired).toEqual([
      ['first', 1000],
      ['second', 1500],
      ['third', 3000],
    ]);
    expect(clock.now() - START).toBe(5000);
  });

  it('waits for what a timer set off before it fires the next', async () => {
    const clock = new Clock({ frozenAt: START });
    const order: string[] = [];
    let work = Promise.resolve();
    clock.after(1000, () => {
      work = new Promise<void>((resolve) => setImmediate(resolve)).then(() => void order.push('work'));
    });
    clock.after(1000.5, () => void order.push('timer'));
    await clock.advance(2000, () => work);
    expect(order).toEqual(['work', 'timer']);
  });

  it('leaves no timer overdue that was set while it came to rest, though the machine took its time', async () => {
    const clock = new Clock();
    let fired = false;
    const settle = async () => {
      if (fired) return;
      clock.after(0, () => (fired = true));
      const began = Date.now();
      while (Date.now() < began + 5);
    };
    await clock.advance(0, settle);
    clock.stop();
    expect(fired).toBe(true);
  });
});

describe('a timer that throws', () => {
  it('is told of, and holds up no other', async () => {
    const told: unknown[] = [];
    const clock = new Clock({ frozenAt: START, failed: (error) => told.push(error) });
    const error = new Error('broken');
    let others = 0;
    clock.after(1000, () => {
      throw error;
    });
    clock.after(1000, () => others++);
    clock.after(2000, () => others++);
    await clock.advance(3000);
    expect([told, others]).toEqual([[error], 2]);
  });
});

describe('a clock that was stopped', () => {
  it('takes no further timers', async () => {
    const clock = new Clock({ frozenAt: START });
    clock.stop();
    clock.after(0, () => {
      throw new Error('must not fire');
    });
    expect(clock.nextDue()).toBeUndefined();
    await clock.advance(1000);
  });
});
