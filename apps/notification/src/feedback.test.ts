import { readFeedback, suppressedBy, UnreadableFeedback } from './feedback.ts';

const event = (detail: object, source = 'aws.ses') => JSON.stringify({ source, detail });
const bounce = (bounceType: string) =>
  event({ eventType: 'Bounce', bounce: { bounceType, bouncedRecipients: [{ emailAddress: 'ann@example.com' }] } });
const complaint = event({
  eventType: 'Complaint',
  complaint: { complainedRecipients: [{ emailAddress: 'ann@example.com' }, { emailAddress: 'bob@example.com' }] },
});

describe('what SES tells', () => {
  it.each([
    ['a bounce for good suppresses the address', bounce('Permanent'), [['ann@example.com', 'BOUNCED']]],
    ['a bounce that may pass suppresses nobody', bounce('Transient'), []],
    ['a bounce of an unknown kind suppresses nobody', bounce('Undetermined'), []],
    [
      'a complaint suppresses all whom it may have come from',
      complaint,
      [
        ['ann@example.com', 'COMPLAINED'],
        ['bob@example.com', 'COMPLAINED'],
      ],
    ],
    ['a mail that SES rejected is our fault', event({ eventType: 'Reject', mail: { messageId: 'm-1' } }), []],
  ])('%s', (_what, text, suppressed) => {
    expect(suppressedBy(readFeedback(text)).map(({ address, reason }) => [address, reason])).toEqual(suppressed);
  });

  it.each([
    ['no JSON', '{'],
    ['another event', event({ eventType: 'Open' })],
    ['a bounce of nobody', event({ eventType: 'Bounce', bounce: { bounceType: 'Permanent' } })],
    ['somebody else', event({ eventType: 'Reject', mail: { messageId: 'm-1' } }, 'order')],
  ])('is not read from %s', (_what, text) => {
    expect(() => readFeedback(text)).toThrow(UnreadableFeedback);
  });
});
