/** What the filters of a mapping see of a message. */
import { compilePattern } from '../events/pattern.ts';
import { filteredForm, queueRecord, receivedMessages } from './sqs-records.ts';

function passes(Body: string, pattern: object): boolean {
  const { Messages } = receivedMessages.parse({
    Messages: [
      {
        MessageId: 'id',
        ReceiptHandle: 'handle',
        Body,
        MD5OfBody: '',
        Attributes: { ApproximateReceiveCount: '1' },
        MessageAttributes: { trace: { DataType: 'String', StringValue: 'abc' } },
      },
    ],
  });
  return Messages.every((message) =>
    compilePattern(JSON.stringify(pattern))(filteredForm(queueRecord(message, 'arn:aws:sqs:eu:1:q'), message.Body)),
  );
}

describe('filter criteria of a queue (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html)', () => {
  it.each([
    ['text', { body: ['text'] }, true],
    ['text', { body: ['other'] }, false],
    ['text', { body: { kind: ['a'] } }, false],
    ['{"kind":"a"}', { body: ['{"kind":"a"}'] }, false],
    ['{"kind":"a"}', { body: { kind: ['a'] } }, true],
    ['{"kind":"a"}', { body: { kind: ['b'] } }, false],
    ['{"kind":{"of":1}}', { body: { kind: { of: [{ numeric: ['>', 0] }] } } }, true],
    ['text', { attributes: { ApproximateReceiveCount: ['1'] } }, true],
    ['{"kind":"a"}', { messageAttributes: { trace: { stringValue: ['abc'] } } }, true],
    ['{"kind":"a"}', { messageAttributes: { trace: { stringValue: ['other'] } } }, false],
    ['text', { eventSource: ['aws:sqs'] }, true],
  ])('a body %s for the pattern %j: %s', (body, pattern, expected) => {
    expect(passes(body, pattern)).toBe(expected);
  });
});
