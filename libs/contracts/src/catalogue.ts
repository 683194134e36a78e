/** Every message there is, by type: what a test can check, a template can allow and a reader can look up. */
import * as inventory from './inventory.ts';
import type { MessageContract, Source } from './message.ts';
import * as notification from './notification.ts';
import * as orchestrator from './orchestrator.ts';
import * as order from './order.ts';
import * as payment from './payment.ts';

/** All contracts by message type. */
export const contracts: Readonly<Record<string, MessageContract>> = Object.fromEntries(
  [order, inventory, payment, notification, orchestrator]
    .flatMap((owner) => Object.values<MessageContract>(owner))
    .map((contract) => [contract.type, contract]),
);

/** The types that one source sends: what its roles may put on the bus. */
export function messageTypesOf(source: Source): string[] {
  return Object.values(contracts)
    .filter((contract) => contract.source === source)
    .map((contract) => contract.type)
    .sort();
}
