/** A function, its queue and its dead-letter queue: the receipts that Lambda causes are those that SQS counts. */
import * as z from 'zod';
import type { Ground, Part } from '../part.ts';
import { createSqs } from '../sqs/index.ts';
import { givenLambda, queueArn, type GivenLambda } from './given-lambda.ts';

const URL_OF = 'http://127.0.0.1:1/000000000000/';
const administrator = { type: 'administrator' } as const;
const received = z.object({
  Messages: z.array(z.object({ Body: z.string(), Attributes: z.record(z.string(), z.string()) })).default([]),
});
const counted = z.object({ Attributes: z.record(z.string(), z.string()) });
let given: GivenLambda;

/** `inbox` hides messages for half a minute, and gives them to `dead` after three receipts. */
async function reading(body: string): Promise<void> {
  let sqs: Part | undefined;
  given = givenLambda({
    frozenAt: Date.UTC(2026, 0, 1),
    services: (ground: Ground) => {
      sqs = createSqs(ground, { endpointUrl: () => 'http://127.0.0.1:1' });
      return sqs.services;
    },
  });
  const declareQueue = (QueueName: string, properties: object = {}): void => {
    const type = 'AWS::SQS::Queue';
    sqs?.resources[type]?.({
      stack: 'given',
      logicalId: QueueName,
      type,
      properties: { QueueName, ...properties },
    });
  };
  declareQueue('dead');
  declareQueue('inbox', { RedrivePolicy: { deadLetterTargetArn: queueArn('dead'), maxReceiveCount: 3 } });
  given.declare('reader', `export const handler = async (event) => { ${body} };`);
  given.declareResource('AWS::Lambda::EventSourceMapping', {
    FunctionName: 'reader',
    EventSourceArn: queueArn('inbox'),
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  await sqs?.start?.();
  await given.start();
}

const call = (operation: string, input: object) => given.ground.dispatcher.call('sqs', operation, input, administrator);
const idle = () => given.ground.activity.whenIdle();

async function send(...bodies: readonly string[]): Promise<void> {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  await call('SendMessageBatch', { QueueUrl: `${URL_OF}inbox`, Entries });
  await idle();
}

async function inQueue(name: string): Promise<number> {
  const answer = await call('GetQueueAttributes', { QueueUrl: URL_OF + name, AttributeNames: ['All'] });
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = counted.parse(answer).Attributes;
  return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
}

async function deadLetters() {
  const QueueUrl = `${URL_OF}dead`;
  return received.parse(await call('ReceiveMessage', { QueueUrl, MessageSystemAttributeNames: ['All'] })).Messages;
}

afterEach(() => given.stop());

describe('a message that a function fails on (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html)', () => {
  it('is a dead letter after as many receipts as the queue allows, and the others of its batch are not', async () => {
    await reading(`return {
      batchItemFailures: event.Records.filter(({ body }) => body === 'bad').map((r) => ({ itemIdentifier: r.messageId })),
    };`);
    await send('good', 'bad', 'fine');
    expect(await inQueue('inbox')).toBe(1);
    await given.ground.clock.advance(89_999, idle);
    expect(await inQueue('dead')).toBe(0);
    await given.ground.clock.advance(1, idle);
    expect(await inQueue('inbox')).toBe(0);
    expect(await deadLetters()).toMatchObject([
      { Body: 'bad', Attributes: { ApproximateReceiveCount: '4', DeadLetterQueueSourceArn: queueArn('inbox') } },
    ]);
  });

  it('takes its whole batch with it where the failure is not reported by message', async () => {
    await reading(`if (event.Records.some(({ body }) => body === 'bad')) throw new Error('bad');`);
    await send('good', 'bad');
    await given.ground.clock.advance(90_000, idle);
    expect(await inQueue('dead')).toBe(2);
  });

  it('is no dead letter when it succeeds at the last receipt', async () => {
    await reading(`if (event.Records[0].attributes.ApproximateReceiveCount !== '3') throw new Error('not yet');`);
    await send('late');
    await given.ground.clock.advance(90_000, idle);
    expect([await inQueue('inbox'), await inQueue('dead')]).toEqual([0, 0]);
  });
});
