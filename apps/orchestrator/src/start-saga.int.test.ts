import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { orderPlaced } from '@distributed-patterns/contracts';
import type { OutboxItem, Publisher } from '@distributed-patterns/messaging';
import {
  allHandled,
  failed,
  messageOf,
  queueEvent,
  recordingTelemetry,
  type RecordingTelemetry,
  startStates,
  testClockAndIds,
  type TestStates,
  waitingMachine,
} from '@distributed-patterns/testing';
import { SagaEndedUnsettled } from './executions.ts';
import { CommandRefused, handler } from './start-saga.handler.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const customerOrder = {
  orderId: ORDER,
  customerId: 'customer-123',
  customerEmail: 'ann@example.com',
  items: [{ productId: 'laptop', quantity: 1, unitPrice: { amount: 129_999, currency: 'USD' } }],
  total: { amount: 129_999, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
};
const placed = messageOf(orderPlaced, customerOrder, { id: 'placed-1', correlationId: 'story-1' });
const failOrder = {
  type: 'FailOrder',
  data: { orderId: ORDER, reason: { code: 'OUT_OF_STOCK', message: 'None are left.' } },
};

/** A saga that ends at once, with an output. */
const ending = (output: unknown) => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Settled',
  States: { Settled: { Type: 'Succeed', Output: output } },
});

let states: TestStates;
let telemetry: RecordingTelemetry;
let published: OutboxItem[];
beforeEach(async () => {
  telemetry = recordingTelemetry();
  published = [];
  states = await startStates({
    running: waitingMachine,
    completed: ending({ type: 'CompleteOrder', data: { orderId: ORDER } }),
    failed: ending(failOrder),
    strange: ending({ type: 'ShipOrder', data: { orderId: ORDER } }),
    broken: { QueryLanguage: 'JSONata', StartAt: 'Broken', States: { Broken: { Type: 'Fail', Error: 'Bug' } } },
  });
});
afterEach(() => states.stop());

const takesAll: Publisher = {
  publish: async (items) => {
    published.push(...items);
    return { published: items, refused: [], failed: [] };
  },
};
const refusesAll: Publisher = {
  publish: async (items) => ({
    published: [],
    refused: items.map((item) => ({ item, code: 'Throttled', message: 'slow down' })),
    failed: [],
  }),
};

const receive = (machine: string, publisher = takesAll, message = placed) =>
  handler(queueEvent(message), undefined, {
    client: states.client,
    telemetry,
    stateMachineArn: states.machineArn(machine),
    publisher,
    clockAndIds: testClockAndIds(),
  });
const executionArn = (machine: string) => `arn:aws:states:us-east-1:000000000000:execution:${machine}:order-${ORDER}`;
const execution = (machine: string) => states.describe(executionArn(machine));

it('an order that was placed starts a saga of its name, with all that its steps need', async () => {
  expect(await receive('running')).toEqual(allHandled);
  expect(await execution('running')).toMatchObject({
    status: 'RUNNING',
    input: { ...customerOrder, correlationId: 'story-1', causationId: 'placed-1' },
  });
  expect(published).toEqual([]);
});

describe('an order that is told again', () => {
  // Step Functions itself takes the same input for the same start; another one is refused.
  it.each([
    ['by the same message', placed],
    ['by another message', messageOf(orderPlaced, customerOrder, { id: 'placed-2', correlationId: 'story-1' })],
  ])('%s, while its saga is running, changes nothing', async (_what, again) => {
    await receive('running');
    expect(await receive('running', takesAll, again)).toEqual(allHandled);
    expect(await execution('running')).toMatchObject({ status: 'RUNNING', input: { causationId: 'placed-1' } });
    expect(published).toEqual([]);
  });

  it.each([
    ['completed', 'CompleteOrder', { orderId: ORDER }],
    ['failed', failOrder.type, failOrder.data],
  ])('after its saga has %s it gets %s sent again, without a token', async (machine, type, data) => {
    await receive(machine);
    expect(published).toEqual([]);
    expect(await execution(machine)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await receive(machine)).toEqual(allHandled);
    expect(published).toMatchObject([{ type, source: 'orchestrator' }]);
    expect(JSON.parse(published[0]?.detail ?? '')).toEqual({
      metadata: {
        id: expect.any(String),
        version: 1,
        occurredAt: '2026-01-15T09:30:00.000Z',
        correlationId: 'story-1',
        causationId: 'placed-1',
      },
      data,
    });
  });

  it('comes again where the bus does not take that command', async () => {
    await receive('completed');
    await execution('completed');
    expect(await receive('completed', refusesAll)).toEqual(failed('queued-1'));
    expect(telemetry.errors).toEqual([expect.any(CommandRefused)]);
  });

  it('after its saga was aborted is reported: a person has to look', async () => {
    await receive('running');
    await states.client.send(new StopExecutionCommand({ executionArn: executionArn('running') }));
    expect(await receive('running')).toEqual(failed('queued-1'));
    expect(telemetry.errors).toEqual([expect.any(SagaEndedUnsettled)]);
    expect(published).toEqual([]);
  });

  it('after its saga has failed is reported', async () => {
    await receive('broken');
    expect(await execution('broken')).toMatchObject({ status: 'FAILED' });
    expect(await receive('broken')).toEqual(failed('queued-1'));
    expect(telemetry.errors).toEqual([expect.any(SagaEndedUnsettled)]);
  });

  it('after a saga that says nothing of its last command is reported', async () => {
    await receive('strange');
    await execution('strange');
    expect(await receive('strange')).toEqual(failed('queued-1'));
    expect(published).toEqual([]);
  });
});

it('an order whose saga cannot be started comes again', async () => {
  states.faults.inject({
    at: 'states.StartExecution',
    effect: 'error',
    error: { code: 'ThrottlingException', message: 'slow down', status: 400 },
    times: 1,
  });
  expect(await receive('running')).toEqual(failed('queued-1'));
  expect(await receive('running')).toEqual(allHandled);
  expect(await execution('running')).toMatchObject({ status: 'RUNNING' });
});

it('a start whose answer was lost finds the saga that it has started', async () => {
  states.faults.inject({ at: 'states.StartExecution', effect: 'lose-answer', times: 1 });
  expect(await receive('running')).toEqual(failed('queued-1'));
  expect(await receive('running')).toEqual(allHandled);
  expect(published).toEqual([]);
});
