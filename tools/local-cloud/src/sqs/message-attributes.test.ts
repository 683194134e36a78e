/** What may be in message attributes, how they are asked for, and their digests. */
import { md5OfAttributes } from './message-attributes.ts';
import { sqsBench } from './test-bench.ts';

const attributes = {
  tenant: { DataType: 'String', StringValue: 'acme' },
  count: { DataType: 'Number.int', StringValue: '5' },
  bytes: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2, 3]).toString('base64') },
};

function withQueue() {
  const sqs = sqsBench();
  const queue = sqs.declareQueue('orders', { VisibilityTimeout: 0 });
  const send = (MessageAttributes: object) => sqs.send(queue, 'one', { MessageAttributes });
  return { sqs, queue, send };
}

const text = { DataType: 'String', StringValue: 'x' };
const named = (name: string) => ({ [name]: text });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`name${index}`, text]));

describe('message attributes (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html)', () => {
  it('come with the digest that the SDK verifies', async () => {
    const { sqs, queue } = withQueue();
    const sent = await sqs.call('SendMessage', {
      QueueUrl: queue,
      MessageBody: 'test message',
      MessageAttributes: attributes,
    });
    expect(sent).toMatchObject({ MD5OfMessageBody: 'c72b9698fa1927e1dd12d3cf26ed84b2' });
    const [message] = await sqs.receive(queue, { MessageAttributeNames: ['All'] });
    expect(message?.MessageAttributes).toEqual(attributes);
    expect(sent).toMatchObject({ MD5OfMessageAttributes: message?.MD5OfMessageAttributes });
  });

  it.each([
    [{ timestamp: { DataType: 'Number', StringValue: '1493147359900' } }, '235c5c510d26fb653d073faed50ae77c'],
    [
      { timestamp: { DataType: 'Number.java.lang.Long', StringValue: '1493147359900' } },
      '2e2e4876d8e0bd6b8c2c8f556831c349',
    ],
    [
      {
        Hello: { DataType: 'String', StringValue: 'There' },
        General: { DataType: 'String', StringValue: 'Kenobi' },
      },
      'fca026605781cb4126a1e9044df24232',
    ],
    [
      {
        attr1: {
          DataType: 'Binary',
          BinaryValue: Buffer.from('traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01').toString(
            'base64',
          ),
        },
      },
      '8cbe4db156db8a94db8b801b7addb984',
    ],
  ])('have the digest that AWS computes for %j', (given, digest) => {
    expect(md5OfAttributes(given)).toBe(digest);
  });

  it('are ten at most', async () => {
    const { send } = withQueue();
    await send(many(10));
    await expect(send(many(11))).rejects.toMatchObject({
      code: 'InvalidParameterValueException',
      message: 'Number of message attributes [11] exceeds the allowed maximum [10].',
    });
  });

  it.each(['a', 'a.b', 'A-b_9', 'awsome', 'a'.repeat(256)])('may have the name %s', async (name) => {
    await withQueue().send(named(name));
  });

  it.each(['', '.a', 'a.', 'a..b', 'a b', 'ä', 'AWS.a', 'aws.a', 'Amazon.a', 'a'.repeat(257)])(
    'may not have the name %j',
    async (name) => {
      const sent = withQueue().send(named(name));
      await expect(sent).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
    },
  );

  it.each(['String', 'String.custom', 'Number.float', 'Binary.png', `String.${'a'.repeat(249)}`])(
    'may have the type %s',
    async (DataType) => {
      const value = { DataType, ...(DataType.startsWith('Binary') ? { BinaryValue: 'AQ==' } : { StringValue: '1' }) };
      await withQueue().send({ a: value });
    },
  );

  it.each(['Text', 'string', 'String.', '', `String.${'a'.repeat(250)}`])(
    'may not have the type %j',
    async (DataType) => {
      const sent = withQueue().send({ a: { DataType, StringValue: '1' } });
      await expect(sent).rejects.toThrow(
        'You must use only the following supported type prefixes: Binary, Number, String.',
      );
    },
  );

  it.each(['0', '-1', '+1.5', '.5', '5.', '1e126', '-1E+126', '1e-128', '00012'])(
    'may have the number %s',
    async (StringValue) => {
      await withQueue().send({ a: { DataType: 'Number', StringValue } });
    },
  );

  it.each(['one', '0x10', ' 1', '1 ', '1,5', 'NaN', 'Infinity', '1e127', '1e-129'])(
    'may not have the number %j',
    async (StringValue) => {
      const sent = withQueue().send({ a: { DataType: 'Number', StringValue } });
      await expect(sent).rejects.toThrow("Can't cast the value of message (user) attribute 'a' to a number.");
    },
  );

  it.each([
    [{ DataType: 'String' }, "Message (user) attribute 'a' must contain a non-empty value of type 'String'."],
    [{ DataType: 'String', StringValue: '' }, "must contain a non-empty value of type 'String'."],
    [{ DataType: 'Binary', StringValue: 'x' }, "must contain a non-empty value of type 'Binary'."],
    [{ DataType: 'String', StringValue: '\u0015' }, "Invalid binary character '#x15'"],
  ])('may not have the value %j', async (value, message) => {
    const sent = withQueue().send({ a: value });
    await expect(sent).rejects.toMatchObject({
      code: 'InvalidParameterValueException',
      message: expect.stringContaining(message),
    });
  });

  it('may not be lists, which SQS reserves', async () => {
    const sent = withQueue().send({ a: { ...text, StringListValues: [] } });
    await expect(sent).rejects.toMatchObject({ code: 'NotImplemented' });
  });
});

describe('the trace header, a system attribute (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html)', () => {
  it('comes back with a digest of its own, and does not count towards the size', async () => {
    const sqs = sqsBench();
    const queue = sqs.declareQueue('orders', { MaximumMessageSize: 1024 });
    const AWSTraceHeader = { DataType: 'String', StringValue: 'Root=1-5759e988-bd862e3fe1be46a994272793' };
    const sent = await sqs.call('SendMessage', {
      QueueUrl: queue,
      MessageBody: 'x'.repeat(1024),
      MessageSystemAttributes: { AWSTraceHeader },
    });
    expect(sent).toMatchObject({ MD5OfMessageSystemAttributes: md5OfAttributes({ AWSTraceHeader }) });
    const [message] = await sqs.receive(queue, { MessageSystemAttributeNames: ['AWSTraceHeader'] });
    expect(message?.Attributes).toEqual({ AWSTraceHeader: AWSTraceHeader.StringValue });
  });

  it.each([[{ DataType: 'Number', StringValue: '1' }], [{ DataType: 'String', StringValue: '' }]])(
    'is text: %j is refused',
    async (AWSTraceHeader) => {
      const { sqs, queue } = withQueue();
      const sent = sqs.send(queue, 'one', { MessageSystemAttributes: { AWSTraceHeader } });
      await expect(sent).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
    },
  );
});

describe('the attributes of a received message (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html)', () => {
  it.each<[readonly string[] | undefined, readonly string[]]>([
    [undefined, []],
    [['All'], ['General', 'Hello', 'Help.Me']],
    [['.*'], ['General', 'Hello', 'Help.Me']],
    [['*'], ['General', 'Hello', 'Help.Me']],
    [
      ['Hello', 'General'],
      ['General', 'Hello'],
    ],
    [['Hel.*'], ['Hello', 'Help.Me']],
    [['Foo', 'Hello'], ['Hello']],
    [['Foo', 'Help'], []],
    [['AWS.'], []],
    [['..foo'], []],
  ])('asked for by %j are %j, with a digest of them alone', async (MessageAttributeNames, names) => {
    const { sqs, queue, send } = withQueue();
    const given = {
      Hello: { DataType: 'String', StringValue: 'There' },
      General: { DataType: 'String', StringValue: 'Kenobi' },
      'Help.Me': { DataType: 'String', StringValue: 'Me' },
    };
    await send(given);
    const [message] = await sqs.receive(queue, { MessageAttributeNames });
    const selected = Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
    expect(Object.keys(message?.MessageAttributes ?? {}).sort()).toEqual(names);
    expect(message?.MD5OfMessageAttributes).toBe(md5OfAttributes(selected));
  });

  it('that SQS itself sets are asked for by their names', async () => {
    const { sqs, queue, send } = withQueue();
    await send({});
    const [message] = await sqs.receive(queue, {
      AttributeNames: ['ApproximateReceiveCount', 'SequenceNumber', 'MessageDeduplicationId'],
    });
    expect(message?.Attributes).toEqual({ ApproximateReceiveCount: '1' });
    await expect(sqs.receive(queue, { MessageSystemAttributeNames: ['Colour'] })).rejects.toMatchObject({
      code: 'InvalidAttributeName',
      message: 'Unknown Attribute Colour.',
    });
  });
});
