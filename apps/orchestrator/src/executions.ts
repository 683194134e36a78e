/** The executions of the order saga: one for each order, however often its event comes. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { completeOrder, failOrder, type MessageContract, type OrderPlaced } from '@distributed-patterns/contracts';
import * as z from 'zod';

/** The saga of an order has ended without settling it; only a person can tell what is owed. */
export class SagaEndedUnsettled extends Error {
  override readonly name = 'SagaEndedUnsettled';
}

/** The last command of a finished saga, as its output holds it. */
export type LastCommand = z.infer<typeof outputSchema>;

/** The commands that end a saga. */
export const lastCommands = { CompleteOrder: completeOrder, FailOrder: failOrder } as const satisfies Record<
  string,
  MessageContract
>;

const outputSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('CompleteOrder'), data: completeOrder.data }),
  z.object({ type: z.literal('FailOrder'), data: failOrder.data }),
]);

/**
 * Starts the order's saga. Its name is the order, so that a second start finds the first.
 * @returns the last command, where the saga has finished before
 * @throws SagaEndedUnsettled when it was aborted or has failed
 */
export async function startSaga(
  client: SFNClient,
  stateMachineArn: string,
  placed: OrderPlaced,
): Promise<LastCommand | undefined> {
  const name = `order-${placed.data.orderId}`;
  const { id: causationId, correlationId } = placed.metadata;
  const input = JSON.stringify({ ...placed.data, correlationId, causationId });
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
    return undefined;
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
    return lastCommandOf(client, executionArn(stateMachineArn, name));
  }
}

/** ExecutionAlreadyExists is answered for closed executions too, so one has to look. */
async function lastCommandOf(client: SFNClient, arn: string): Promise<LastCommand | undefined> {
  const execution = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
  if (execution.status === 'RUNNING' || execution.status === 'PENDING_REDRIVE') return undefined;
  if (execution.status !== 'SUCCEEDED') throw new SagaEndedUnsettled(`${arn} is ${execution.status}`);
  return outputSchema.parse(JSON.parse(execution.output ?? 'null'));
}

function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
