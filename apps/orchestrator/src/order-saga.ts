/** The order saga, declared once: each step beside what answers it and what undoes it. */
import {
  cancelNotification,
  completeOrder,
  completionRefused,
  failOrder,
  inventoryRejected,
  inventoryReleased,
  inventoryReserved,
  notificationCancelled,
  notificationFailed,
  notificationSent,
  orderCancelled,
  orderCompleted,
  orderFailed,
  paymentDeclined,
  paymentProcessed,
  paymentRefunded,
  processPayment,
  refundPayment,
  releaseInventory,
  reserveInventory,
  sendNotification,
} from '@distributed-patterns/contracts';
import { fromInput, type Saga } from './saga.ts';
import { type StateMachineDefinition, toStateMachine } from './state-machine.ts';

/** What becomes of an order whose customer cannot be told: undone like any other refusal, or completed all the same. */
export type NotificationFailure = 'compensate' | 'complete';

/** Forward from top to bottom; undone from the step that failed back to the top. */
export function orderSaga(options: { readonly notificationFailure: NotificationFailure }): Saga {
  return {
    comment: 'Reserve inventory, process the payment, send the notification, complete the order; or undo it all.',
    steps: [
      {
        command: reserveInventory,
        data: fromInput('orderId', 'items'),
        succeedsOn: [inventoryReserved],
        refusedBy: inventoryRejected,
        undo: { command: releaseInventory, data: fromInput('orderId'), succeedsOn: [inventoryReleased] },
      },
      {
        command: processPayment,
        data: fromInput('orderId', 'customerId', 'total', 'paymentMethod'),
        succeedsOn: [paymentProcessed],
        refusedBy: paymentDeclined,
        undo: { command: refundPayment, data: fromInput('orderId'), succeedsOn: [paymentRefunded] },
      },
      {
        command: sendNotification,
        data: fromInput('orderId', 'customerId', 'customerEmail', 'items', 'total'),
        succeedsOn: [notificationSent],
        refusedBy: notificationFailed,
        undo: { command: cancelNotification, data: fromInput('orderId'), succeedsOn: [notificationCancelled] },
        optional: options.notificationFailure === 'complete',
      },
    ],
    pivot: {
      command: completeOrder,
      data: fromInput('orderId'),
      succeedsOn: [orderCompleted],
      refusedBy: completionRefused,
    },
    end: {
      command: failOrder,
      data: { orderId: '{% $states.context.Execution.Input.orderId %}', reason: '{% $failure %}' },
      succeedsOn: [orderFailed, orderCancelled],
    },
  };
}

/** The policy of this system: an order whose customer cannot be told is undone. */
export const saga = orderSaga({ notificationFailure: 'compensate' });

/** The saga's state machine on a bus. */
export function orderSagaDefinition({ busName }: { readonly busName: string }): StateMachineDefinition {
  return toStateMachine(saga, busName);
}
