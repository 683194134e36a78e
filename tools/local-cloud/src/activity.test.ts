/** What counts as under way. */
import { Activity } from './activity.ts';

it('is idle once all work has settled, that which other work began included', async () => {
  const activity = new Activity();
  const done: string[] = [];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  activity.begin(async () => {
    await turn();
    activity.begin(async () => {
      await turn();
      done.push('second');
    });
    done.push('first');
  });
  await activity.whenIdle();
  expect(done).toEqual(['first', 'second']);
});

it('tells of work that fails where nobody waits for it, and is idle afterwards', async () => {
  const told: unknown[] = [];
  const activity = new Activity((error) => told.push(error));
  const error = new Error('broken');
  activity.begin(() => Promise.reject(error));
  await activity.whenIdle();
  expect(told).toEqual([error]);
});

it('leaves the failure of work to whoever waits for it', async () => {
  const told: unknown[] = [];
  const activity = new Activity((error) => told.push(error));
  await expect(activity.track(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(told).toEqual([]);
});
