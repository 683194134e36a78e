import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import type { Principal } from '../service.ts';
import { createSts } from './index.ts';

const call = (principal: Principal, input: object = {}) => {
  const dispatcher = new Dispatcher({ authorize: () => undefined }, new Faults());
  for (const [id, service] of Object.entries(createSts().services)) dispatcher.register(id, service);
  return dispatcher.call('sts', 'GetCallerIdentity', input, principal);
};

describe('GetCallerIdentity', () => {
  it("shows the account's administrator as its root", async () => {
    expect(await call({ type: 'administrator' })).toEqual({
      UserId: '000000000000',
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root',
    });
  });

  it('shows a role as a session of it', async () => {
    expect(await call({ type: 'role', arn: 'arn:aws:iam::000000000000:role/place-order-dev' })).toMatchObject({
      Arn: 'arn:aws:sts::000000000000:assumed-role/place-order-dev/place-order-dev',
    });
  });

  it('takes no parameters', async () => {
    await expect(call({ type: 'administrator' }, { Who: 'me' })).rejects.toMatchObject({ code: 'NotImplemented' });
  });
});
