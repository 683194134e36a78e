import { stepsBeforePivot } from '@distributed-patterns/durations';
import { orderSaga, orderSagaDefinition, saga } from './order-saga.ts';
import { answersOf } from './saga.ts';
import { toStateMachine } from './state-machine.ts';

const { StartAt, States } = orderSagaDefinition({ busName: 'bus' });

const catches = (state: string): Record<string, string> =>
  Object.fromEntries((States[state]?.Catch ?? []).map(({ ErrorEquals, Next }) => [ErrorEquals.join(), Next]));

describe('the state machine of the order saga', () => {
  it('needs four awaited tasks for an order that goes well', () => {
    const path: string[] = [];
    for (let state: string | undefined = StartAt; state !== undefined; state = States[state]?.Next) path.push(state);
    expect(path).toEqual(['ReserveInventory', 'ProcessPayment', 'SendNotification', 'CompleteOrder']);
  });

  it('has as many steps before its pivot as the longest saga is reckoned with', () => {
    expect(saga.steps).toHaveLength(stepsBeforePivot);
  });

  it('consists of awaited tasks only, each with a token in its message', () => {
    for (const state of Object.values(States)) {
      expect(state.Resource).toBe('arn:aws:states:::events:putEvents.waitForTaskToken');
      expect(JSON.stringify(state.Arguments)).toContain('"replyToken":"{% $states.context.Task.Token %}"');
    }
  });

  it('gives a command another id whenever it is sent again: its state entered, redriven or tried anew', () => {
    for (const [name, state] of Object.entries(States)) {
      const parts = ['Execution.Name', 'State.EnteredTime', 'Execution.RedriveCount', 'State.RetryCount'];
      for (const part of [`'${name}'`, ...parts.map((path) => `$states.context.${path}`)]) {
        expect(JSON.stringify(state.Arguments)).toContain(part);
      }
    }
  });

  it('owes the undo of a step from the moment its command was sent', () => {
    expect(catches('ReserveInventory')['States.ALL']).toBe('ReleaseInventory');
    expect(catches('ProcessPayment')['States.ALL']).toBe('RefundPayment');
    expect(catches('SendNotification')['States.ALL']).toBe('CancelNotification');
  });

  it('undoes what was before a step that was refused', () => {
    expect(catches('ReserveInventory')['InventoryRejected']).toBe('FailOrder');
    expect(catches('ProcessPayment')['PaymentDeclined']).toBe('ReleaseInventory');
    expect(catches('SendNotification')['NotificationFailed']).toBe('RefundPayment');
    expect(catches('CompleteOrder')['CompletionRefused']).toBe('CancelNotification');
  });

  it('undoes backward to the end', () => {
    expect(States['CancelNotification']?.Next).toBe('RefundPayment');
    expect(States['RefundPayment']?.Next).toBe('ReleaseInventory');
    expect(States['ReleaseInventory']?.Next).toBe('FailOrder');
    expect(States['FailOrder']?.End).toBe(true);
  });

  it('never undoes for a pivot that was not answered, since that may hide a completed order', () => {
    expect(catches('CompleteOrder')['States.ALL']).toBe('CompleteOrderNeedsAttention');
    expect(States['CompleteOrderNeedsAttention']?.End).toBe(true);
  });

  it.each(['CancelNotification', 'RefundPayment', 'ReleaseInventory', 'FailOrder', 'CompleteOrder'])(
    'parks where %s cannot be carried out, and goes back to it when an operator says so',
    (owed) => {
      const attention = catches(owed)['States.ALL'];
      expect(attention).toBe(`${owed}NeedsAttention`);
      expect(States[attention ?? '']?.TimeoutSeconds).toBeUndefined();
      expect(catches(attention ?? '')).toEqual({ OperatorRetry: owed, 'States.ALL': attention });
    },
  );

  it('retries failures, and never a refusal', () => {
    for (const [name, state] of Object.entries(States)) {
      const refusals = state.Catch.flatMap(({ ErrorEquals }) => ErrorEquals).filter((error) => error !== 'States.ALL');
      for (const refusal of refusals) {
        expect([name, state.Retry.find(({ ErrorEquals }) => ErrorEquals.includes(refusal))?.MaxAttempts]).toEqual([
          name,
          0,
        ]);
      }
      expect(state.Retry.at(-1)).toMatchObject({ ErrorEquals: ['States.ALL'], JitterStrategy: 'FULL' });
    }
  });

  it('leads to states that exist, and to each of them', () => {
    const targets = Object.values(States).flatMap((state) => [
      ...(state.Next === undefined ? [] : [state.Next]),
      ...state.Catch.map(({ Next }) => Next),
    ]);
    expect([...new Set([StartAt, ...targets])].sort()).toEqual(Object.keys(States).sort());
  });

  it('completes an order whose customer cannot be told, where that is the policy', () => {
    const lenient = toStateMachine(orderSaga({ notificationFailure: 'complete' }), 'bus');
    expect(lenient.States['SendNotification']?.Catch[0]).toEqual({
      ErrorEquals: ['NotificationFailed'],
      Next: 'CompleteOrder',
    });
  });

  it('knows what every answer means', () => {
    const meanings = answersOf(orderSaga({ notificationFailure: 'compensate' })).map(
      ({ contract, meaning }) => `${contract.type} ${meaning}`,
    );
    expect(meanings.sort()).toEqual([
      'CompletionRefused refusal',
      'InventoryRejected refusal',
      'InventoryReleased success',
      'InventoryReserved success',
      'NotificationCancelled success',
      'NotificationFailed refusal',
      'NotificationSent success',
      'OrderCancelled success',
      'OrderCompleted success',
      'OrderFailed success',
      'PaymentDeclined refusal',
      'PaymentProcessed success',
      'PaymentRefunded success',
    ]);
  });
});
