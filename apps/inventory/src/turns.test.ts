import { Turns } from './turns.ts';

const given = () => {
  const turns = new Turns();
  const done: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, keys: readonly string[]) =>
    turns.take(keys, async () => {
      done.push(`${name} begins`);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      done.push(`${name} ends`);
    });
  const end = async (name: string) => {
    await new Promise(setImmediate);
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { turns, done, begin, end };
};

describe('taking turns', () => {
  it('does work on the same key one after the other, and on others beside it', async () => {
    const { done, begin, end } = given();
    const all = [begin('a', ['laptop']), begin('b', ['laptop']), begin('c', ['mouse'])];
    await end('c');
    await end('a');
    await end('b');
    await Promise.all(all);
    expect(done).toEqual(['a begins', 'c begins', 'c ends', 'a ends', 'b begins', 'b ends']);
  });

  it('waits for all of its keys, and is waited for by all of them, in whatever order they are named', async () => {
    const { done, begin, end } = given();
    const all = [begin('a', ['laptop', 'mouse']), begin('b', ['mouse', 'laptop']), begin('c', ['laptop'])];
    for (const name of ['a', 'b', 'c']) await end(name);
    await Promise.all(all);
    expect(done).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('goes on after work that failed', async () => {
    const { turns } = given();
    const failed = turns.take(['laptop'], () => Promise.reject(new Error('no stock')));
    const next = turns.take(['laptop'], () => Promise.resolve('sold'));
    await expect(failed).rejects.toThrow('no stock');
    expect(await next).toBe('sold');
  });

  it('does work on nothing at once', async () => {
    expect(await new Turns().take([], () => Promise.resolve('done'))).toBe('done');
  });
});
