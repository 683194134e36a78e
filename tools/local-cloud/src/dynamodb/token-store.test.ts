/** Client request tokens: for how long they are remembered, and that those of before do not pile up. */
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { TokenStore } from './token-store.ts';
import { NOON } from './workbench.ts';

describe('a client request token (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)', () => {
  it('is remembered for ten minutes, and leaves nothing behind soon after', async () => {
    const clock = new Clock({ frozenAt: NOON });
    const database = new Database(':memory:');
    const tokens = new TokenStore(database, clock);
    const kept = () =>
      database
        .prepare('SELECT token FROM dynamodb_tokens')
        .all()
        .map(({ token }) => token);
    tokens.record('first', 'x');
    await clock.advance(10 * 60_000 - 1);
    tokens.record('second', 'x');
    expect(tokens.isRepeat('first', 'x')).toBe(true);
    await clock.advance(1);
    expect(tokens.isRepeat('first', 'x')).toBe(false);
    await clock.advance(999);
    tokens.record('third', 'x');
    expect(kept().sort()).toEqual(['second', 'third']);
    database.close();
  });
});
