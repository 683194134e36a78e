import type { Permission } from '../service.ts';
import { allow, BUS, deny, iamWith, QUEUE, ROLE, role, TABLE } from './given-iam.ts';

describe('what roles are granted', () => {
  it('is listed action by action and resource by resource, and counts as used once a call rested on it', () => {
    const { iam } = iamWith({
      identity: [allow(['sqs:SendMessage', 'sqs:PurgeQueue'], QUEUE), allow('dynamodb:Get*', [TABLE, `${TABLE}-2`])],
    });
    iam.authorize(role, { action: 'sqs:SendMessage', resource: QUEUE });
    iam.authorize(role, { action: 'dynamodb:GetItem', resource: TABLE });
    expect(iam.grants()).toEqual([
      { role: ROLE, action: 'sqs:SendMessage', resource: QUEUE, used: true },
      { role: ROLE, action: 'sqs:PurgeQueue', resource: QUEUE, used: false },
      { role: ROLE, action: 'dynamodb:Get*', resource: TABLE, used: true },
      { role: ROLE, action: 'dynamodb:Get*', resource: `${TABLE}-2`, used: false },
    ]);
  });

  it('twice over counts as used neither time, since either could go', () => {
    const { iam } = iamWith({ identity: [allow('sqs:*', QUEUE), allow('sqs:SendMessage', QUEUE)] });
    iam.authorize(role, { action: 'sqs:SendMessage', resource: QUEUE });
    expect(iam.grants().map(({ used }) => used)).toEqual([false, false]);
  });

  it('does not count as used where the resource lets the role in by itself', () => {
    const byName = allow('sqs:SendMessage', QUEUE, { Principal: { AWS: ROLE } });
    const { iam } = iamWith({ identity: [allow('sqs:SendMessage', QUEUE)], queue: [byName] });
    iam.authorize(role, { action: 'sqs:SendMessage', resource: QUEUE });
    expect(iam.grants().map(({ used }) => used)).toEqual([false]);
  });

  it('does not list a denial, nor what is written by its opposite', () => {
    const { iam } = iamWith({
      identity: [
        deny('sqs:*'),
        { Effect: 'Allow', NotAction: 'sqs:*', Resource: '*' },
        { Effect: 'Allow', Action: 's3:*', NotResource: QUEUE },
      ],
    });
    expect(iam.grants()).toEqual([]);
  });
});

describe('a grant that is revoked', () => {
  const send: Permission = { action: 'sqs:SendMessage', resource: QUEUE };
  const purge: Permission = { action: 'sqs:PurgeQueue', resource: QUEUE };
  const other: Permission = { action: 'sqs:SendMessage', resource: `${QUEUE}-2` };
  const identity = [allow(['sqs:SendMessage', 'sqs:PurgeQueue'], [QUEUE, `${QUEUE}-2`])];

  it('is missed as if the statement lacked it, until it is given back; the rest of the statement stays', () => {
    const { iam } = iamWith({ identity });
    iam.authorize(role, send);
    const id = iam.revoke({ role: ROLE, action: 'sqs:SendMessage', resource: QUEUE });
    expect(() => iam.authorize(role, send)).toThrow(
      'because no identity-based policy allows the sqs:sendmessage action',
    );
    expect(() => iam.authorize(role, other)).not.toThrow();
    expect(() => iam.authorize(role, purge)).not.toThrow();
    expect(iam.revocations()).toEqual([{ id, role: ROLE, action: 'sqs:SendMessage', resource: QUEUE }]);
    iam.restore(id);
    expect(() => iam.authorize(role, send)).not.toThrow();
    expect(iam.revocations()).toEqual([]);
  });

  it('without a resource is revoked on every one', () => {
    const { iam } = iamWith({ identity });
    iam.revoke({ role: ROLE, action: 'sqs:SendMessage' });
    for (const permission of [send, other]) expect(() => iam.authorize(role, permission)).toThrow();
    expect(() => iam.authorize(role, purge)).not.toThrow();
  });

  it('keeps its Condition on what is left, and is given back with all others', () => {
    const onlyOrders = { Condition: { 'ForAllValues:StringEquals': { 'events:source': 'order' } } };
    const { iam } = iamWith({ identity: [allow(['events:PutEvents', 'events:ListRules'], BUS, onlyOrders)] });
    iam.revoke({ role: ROLE, action: 'events:ListRules' });
    const put = (source: string): Permission => ({
      action: 'events:PutEvents',
      resource: BUS,
      context: { 'events:source': [source] },
    });
    expect(() => iam.authorize(role, put('order'))).not.toThrow();
    expect(() => iam.authorize(role, put('payment'))).toThrow();
    iam.restore();
    expect(iam.revocations()).toEqual([]);
    expect(() => iam.authorize(role, { action: 'events:ListRules', resource: BUS })).not.toThrow();
  });

  it.each([
    [
      { role: ROLE, action: 'sqs:SendMessage', resource: TABLE },
      `no statement that allows sqs:SendMessage on ${TABLE}`,
    ],
    [{ role: ROLE, action: 'sqs:ReceiveMessage' }, 'no statement that allows sqs:ReceiveMessage'],
    [{ role: `${ROLE}-2`, action: 'sqs:SendMessage' }, `the role ${ROLE}-2 has no statement`],
  ])('must be there: %j', (revocation, message) => {
    const { iam } = iamWith({ identity });
    expect(() => iam.revoke(revocation)).toThrow(message);
  });
});
