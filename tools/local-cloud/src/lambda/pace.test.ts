import { Pace } from './pace.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A batch that takes so long, in milliseconds. */
const batch = async (pace: Pace, milliseconds: number): Promise<void> => {
  const done = pace.measure(() => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  await jest.advanceTimersByTimeAsync(milliseconds);
  await done;
};

/** How long the next batch is kept waiting. */
const waited = async (pace: Pace): Promise<number> => {
  const began = performance.now();
  const turn = pace.turn();
  await jest.runAllTimersAsync();
  await turn;
  return performance.now() - began;
};

describe('the pace of batches (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html)', () => {
  it('lets the first begin at once', async () => {
    expect(await waited(new Pace(250))).toBe(0);
  });

  it('rests three times as long as a batch took', async () => {
    const pace = new Pace(250);
    await batch(pace, 20);
    expect(await waited(pace)).toBe(60);
  });

  it('rests no longer than it is allowed to', async () => {
    const pace = new Pace(250);
    await batch(pace, 5_000);
    expect(await waited(pace)).toBe(250);
  });

  it('counts what has gone by since', async () => {
    const pace = new Pace(250);
    await batch(pace, 20);
    await jest.advanceTimersByTimeAsync(45);
    expect(await waited(pace)).toBe(15);
  });

  it('rests after a batch that failed as well', async () => {
    const pace = new Pace(250);
    const failed = pace.measure(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      throw new Error('no');
    });
    failed.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(10);
    await expect(failed).rejects.toThrow('no');
    expect(await waited(pace)).toBe(30);
  });
});
