import { type Authorizer, Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import type { Principal } from '../service.ts';
import { createSts } from './index.ts';

const sts = (authorizer: Authorizer = { authorize: () => undefined }) => {
  const dispatcher = new Dispatcher(authorizer, new Faults());
  for (const [id, service] of Object.entries(createSts().services)) dispatcher.register(id, service);
  return dispatcher;
};
const call = (principal: Principal, input: object = {}, authorizer?: Authorizer) =>
  sts(authorizer).call('sts', 'GetCallerIdentity', input, principal);

describe('GetCallerIdentity (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)', () => {
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

  it('shows a role by its name, whatever path it lies under', async () => {
    expect(await call({ type: 'role', arn: 'arn:aws:iam::000000000000:role/service/place-order' })).toEqual({
      UserId: expect.stringMatching(/^ARO\w+:place-order$/),
      Account: '000000000000',
      Arn: 'arn:aws:sts::000000000000:assumed-role/place-order/place-order',
    });
  });

  it('needs no permission, and no explicit deny takes it away', async () => {
    const denying = {
      authorize: (): never => {
        throw new Error('denied');
      },
    };
    expect(await call({ type: 'administrator' }, {}, denying)).toMatchObject({ Account: '000000000000' });
  });

  it('is all that there is of STS', async () => {
    await expect(sts().call('sts', 'AssumeRole', {}, { type: 'administrator' })).rejects.toMatchObject({
      code: 'NotImplemented',
    });
  });

  it('takes no parameters', async () => {
    await expect(call({ type: 'administrator' }, { Who: 'me' })).rejects.toMatchObject({ code: 'NotImplemented' });
  });
});
