import {
  completionRefused,
  inventoryRejected,
  inventoryReleased,
  inventoryReserved,
  type Message,
  type MessageContract,
  notificationCancelled,
  notificationFailed,
  notificationSent,
  operatorDecision,
  orderCancelled,
  orderCompleted,
  orderFailed,
  paymentDeclined,
  paymentProcessed,
  paymentRefunded,
  reserveInventory,
} from '@distributed-patterns/contracts';
import { UnreadableMessage } from '@distributed-patterns/messaging';
import {
  allHandled,
  failed,
  messageOf,
  queueEvent,
  recordingTelemetry,
  type RecordingTelemetry,
  startStates,
  type TestStates,
  waitingMachine,
} from '@distributed-patterns/testing';
import { handler } from './on-reply.handler.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const reason = { code: 'OUT_OF_STOCK', message: 'None are left.' };
const total = { amount: 129_999, currency: 'USD' };
const ended = {
  orderId: ORDER,
  customerId: 'customer-123',
  items: [{ productId: 'laptop', quantity: 1, unitPrice: total }],
  total,
  reason,
};

let states: TestStates;
let telemetry: RecordingTelemetry;
beforeAll(async () => {
  states = await startStates({ step: waitingMachine });
});
afterAll(() => states.stop());
beforeEach(() => {
  telemetry = recordingTelemetry();
  states.faults.remove();
});

const receive = (...messages: readonly Message[]) =>
  handler(queueEvent(...messages), undefined, { client: states.client, telemetry });
const reserved = (replyToken: string) => messageOf(inventoryReserved, { orderId: ORDER }, { replyToken });
const refuseCalls = (code: string) =>
  states.faults.inject({
    at: 'states.SendTaskSuccess',
    effect: 'error',
    error: { code, message: 'no', status: 400 },
    times: 1,
  });

describe('a step that waits', () => {
  it.each<[MessageContract, unknown]>([
    [inventoryReserved, { orderId: ORDER }],
    [inventoryReleased, { orderId: ORDER }],
    [paymentProcessed, { orderId: ORDER, paymentId: 'pi_1', amount: total }],
    [paymentRefunded, { orderId: ORDER }],
    [notificationSent, { orderId: ORDER, skipped: false }],
    [notificationCancelled, { orderId: ORDER }],
    [orderCompleted, { orderId: ORDER }],
    [orderFailed, ended],
    [orderCancelled, ended],
  ])('succeeds with what $type says', async (contract, data) => {
    const { executionArn, token } = await states.startWaiting('step');
    expect(await receive(messageOf(contract, data, { replyToken: token }))).toEqual(allHandled);
    expect(await states.describe(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: data });
  });

  it.each<[MessageContract]>([[inventoryRejected], [paymentDeclined], [notificationFailed], [completionRefused]])(
    'fails with the name of $type and the reason as its cause',
    async (contract) => {
      const { executionArn, token } = await states.startWaiting('step');
      expect(await receive(messageOf(contract, { orderId: ORDER, reason }, { replyToken: token }))).toEqual(allHandled);
      const { status, error, cause } = await states.describe(executionArn);
      expect([status, error]).toEqual(['FAILED', contract.type]);
      expect(JSON.parse(cause ?? '')).toEqual(reason);
    },
  );

  it.each([
    ['retry', { status: 'FAILED', error: 'OperatorRetry' }],
    ['resolve', { status: 'SUCCEEDED' }],
  ] as const)('is ended by an operator who says %s', async (decision, outcome) => {
    const { executionArn, token } = await states.startWaiting('step');
    const decided = messageOf(operatorDecision, { orderId: ORDER, decision }, { replyToken: token });
    expect(await receive(decided)).toEqual(allHandled);
    expect(await states.describe(executionArn)).toMatchObject(outcome);
  });

  it('is answered by itself, beside others', async () => {
    const one = await states.startWaiting('step');
    const other = await states.startWaiting('step');
    const still = await states.startWaiting('step');
    const refused = messageOf(inventoryRejected, { orderId: ORDER, reason }, { replyToken: other.token });
    expect(await receive(reserved(one.token), refused)).toEqual(allHandled);
    expect(await states.describe(one.executionArn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await states.describe(other.executionArn)).toMatchObject({ status: 'FAILED' });
    expect(await states.describe(still.executionArn)).toMatchObject({ status: 'RUNNING' });
  });
});

describe('an answer to a step that no longer waits', () => {
  it('is dropped and counted, and what was answered first stands', async () => {
    const { executionArn, token } = await states.startWaiting('step');
    await receive(reserved(token));
    expect(telemetry.recorded).toEqual([]);
    const late = messageOf(inventoryRejected, { orderId: ORDER, reason }, { replyToken: token });
    expect(await receive(late, reserved(token))).toEqual(allHandled);
    expect(telemetry.recorded).toEqual(['ReplyTooLate 1', 'ReplyTooLate 1']);
    expect(await states.describe(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it.each(['TaskTimedOut', 'TaskDoesNotExist'])('is dropped and counted on %s', async (code) => {
    refuseCalls(code);
    expect(await receive(reserved('token'))).toEqual(allHandled);
    expect(telemetry.recorded).toEqual(['ReplyTooLate 1']);
  });
});

it.each(['ThrottlingException', 'AccessDeniedException', 'InvalidOutput', 'InvalidToken'])(
  'an answer that Step Functions refuses with %s comes again, alone, and then counts',
  async (code) => {
    const one = await states.startWaiting('step');
    const other = await states.startWaiting('step');
    refuseCalls(code);
    const refused = messageOf(inventoryRejected, { orderId: ORDER, reason }, { replyToken: other.token });
    expect(await receive(reserved(one.token), refused)).toEqual(failed('queued-1'));
    expect(telemetry.recorded).toEqual(['MessageNotHandled 1']);
    expect(await states.describe(one.executionArn)).toMatchObject({ status: 'RUNNING' });
    expect(await states.describe(other.executionArn)).toMatchObject({ status: 'FAILED' });
    expect(await receive(reserved(one.token))).toEqual(allHandled);
    expect(await states.describe(one.executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  },
);

it.each<[string, Message]>([
  ['without a token', messageOf(inventoryReserved, { orderId: ORDER })],
  ['about an undo that no step has asked for', messageOf(paymentRefunded, { orderId: ORDER })],
  ['from somebody who may not answer this step', { ...reserved('token'), source: 'payment' }],
  ['that is no answer', messageOf(reserveInventory, { orderId: ORDER, items: ended.items }, { replyToken: 'token' })],
  [
    'with a decision that there is not',
    {
      ...messageOf(operatorDecision, { orderId: ORDER, decision: 'retry' }, { replyToken: 'token' }),
      data: { orderId: ORDER, decision: 'ignore' },
    },
  ],
])('a message %s is unreadable, and is reported', async (_what, message) => {
  expect(await receive(message)).toEqual(failed('queued-1'));
  expect(telemetry.errors).toEqual([expect.any(UnreadableMessage)]);
});
