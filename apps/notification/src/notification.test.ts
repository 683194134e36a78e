import {
  announceEarlyCancel,
  answerToCancel,
  answerToSend,
  cancelled,
  claim,
  conclude,
  type Notification,
  owedCorrection,
  SendingElsewhere,
} from './notification.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const ann = { kind: 'reachable', to: 'ann@example.com' } as const;
const about = { orderId: ORDER, kind: 'paid' } as const;
const NOW = new Date('2026-01-15T09:30:00.000Z');
const ago = (milliseconds: number) => new Date(NOW.getTime() - milliseconds).toISOString();
const reason = { code: 'NOTIFICATION_REJECTED', message: 'No mail for this address.' };

const sending = (since: string) => ({ ...about, status: 'SENDING', to: 'ann@example.com', since }) as const;
const sent = { ...about, status: 'SENT', to: 'ann@example.com', messageId: 'mail-1' } as const;
const skipped = { ...about, status: 'SKIPPED' } as const;
const rejected = { ...about, status: 'REJECTED', to: 'ann@example.com', reason } as const;
const tombstone = { ...about, status: 'CANCELLED' } as const;

describe('claiming a notification', () => {
  it('that is new takes it for sending', () => {
    expect(claim(undefined, about, ann, NOW)).toEqual(sending(NOW.toISOString()));
  });

  it.each(['NO_ADDRESS', 'BOUNCED', 'COMPLAINED'] as const)('that can reach nobody skips it: %s', (because) => {
    const unreachable = { kind: 'unreachable', because } as const;
    const next = { ...skipped, because };
    expect(claim(undefined, about, unreachable, NOW)).toEqual(next);
    expect(claim({ ...about, status: 'WAITING' }, about, unreachable, NOW)).toEqual(next);
  });

  it.each<[string, Notification]>([
    ['was sent', sent],
    ['was skipped', skipped],
    ['was rejected', rejected],
    ['was cancelled', tombstone],
  ])('that %s leaves it as it is', (_what, existing) => {
    expect(claim(existing, about, { kind: 'reachable', to: 'bob@example.com' }, NOW)).toBe(existing);
  });

  it('that somebody is sending waits for their answer, for a minute', () => {
    expect(() => claim(sending(ago(0)), about, ann, NOW)).toThrow(SendingElsewhere);
    expect(() => claim(sending(ago(59_999)), about, ann, NOW)).toThrow(SendingElsewhere);
    expect(claim(sending(ago(60_000)), about, ann, NOW)).toEqual(sending(NOW.toISOString()));
  });
});

it('a mail is sent or rejected, as the mail service says', () => {
  expect(conclude(sending(ago(0)), { kind: 'accepted', messageId: 'mail-1' })).toEqual(sent);
  expect(conclude(sending(ago(0)), { kind: 'rejected', reason })).toEqual(rejected);
});

describe('a cancellation', () => {
  it.each<[string, Notification | undefined, string | undefined]>([
    ['nothing', undefined, undefined],
    ['a mail', sent, 'ann@example.com'],
    ['a mail whose sender died', sending(ago(60_000)), 'ann@example.com'],
    ['a rejected mail', rejected, undefined],
    ['a mail that was not accepted yet', { ...about, status: 'WAITING' }, undefined],
    ['no address', skipped, undefined],
    ['a tombstone', { ...tombstone, to: 'ann@example.com' }, 'ann@example.com'],
  ])(
    'leaves a tombstone where there was %s, and owes a correction where a mail may have arrived',
    (_what, existing, to) => {
      const left = cancelled(existing, about, NOW);
      expect(left).toMatchObject(tombstone);
      expect(owedCorrection(left)).toBe(to);
    },
  );

  it.each<[string, Notification | undefined, number]>([
    ['nothing', undefined, 0],
    ['a mail', sent, 1],
    ['a mail whose sender died', sending(ago(60_000)), 1],
    ['a rejected mail', rejected, 0],
    ['a mail that was not accepted yet', { ...about, status: 'WAITING' }, 0],
    ['no address', skipped, 0],
    ['a tombstone', tombstone, 0],
    ['a tombstone that owes a correction', { ...tombstone, to: 'ann@example.com' }, 0],
  ])('that nobody waits for, where there was %s, is told of %i times', (_what, existing, times) => {
    const told = announceEarlyCancel(existing, cancelled(existing, about, NOW));
    expect(told).toEqual(Array.from({ length: times }, () => answerToCancel(ORDER)));
  });

  it('waits while the mail is being sent', () => {
    expect(() => cancelled(sending(ago(59_999)), about, NOW)).toThrow(SendingElsewhere);
  });

  it('is what a correction is owed after, and nothing else', () => {
    expect([undefined, sent, skipped, rejected].map(owedCorrection)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the answer', () => {
  it.each([
    ['a mail', sent, 'NotificationSent', { orderId: ORDER, skipped: false }],
    ['no address', skipped, 'NotificationSent', { orderId: ORDER, skipped: true }],
    ['a rejected mail', rejected, 'NotificationFailed', { orderId: ORDER, reason }],
    [
      'a tombstone',
      tombstone,
      'NotificationFailed',
      { orderId: ORDER, reason: { code: 'ALREADY_CANCELLED', message: expect.any(String) } },
    ],
  ])('to SendNotification tells of %s', (_what, notification, type, data) => {
    expect(answerToSend(notification)).toEqual({ type, source: 'notification', version: 1, data });
  });

  it('to CancelNotification is the same whatever there was', () => {
    expect(answerToCancel(ORDER)).toMatchObject({ type: 'NotificationCancelled', data: { orderId: ORDER } });
  });
});
