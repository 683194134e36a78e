/** How messages come in: rules on the bus put them into a queue, a function works the queue off. */
import type { MessageContract, Source } from '@distributed-patterns/contracts';
import { deliveries } from '@distributed-patterns/durations';
import { EventBus, type IEventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import type { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { ConsumedQueue } from './consumed-queue.ts';
import { constructId } from './naming.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceStack } from './service-stack.ts';

/** What comes in, and who handles it. */
export interface InboxProps {
  readonly consumer: ServiceFunction;
  readonly messages: readonly MessageContract[];
  /** What follows the service in the queue's name; `inbox` unless told. */
  readonly name?: string;
  /** Whether only messages that carry a reply token come in. */
  readonly repliesOnly?: boolean;
  /** How many batches are worked on at once, which also bounds how hard a burst presses on the tables; 10 unless told. */
  readonly concurrency?: number;
}

/** A queue with its rules (one per source, so that nobody speaks for another) and its consumer. */
export class Inbox extends Construct {
  readonly #name: string;

  constructor(
    scope: Construct,
    { consumer, messages, name = 'inbox', repliesOnly = false, concurrency = 10 }: InboxProps,
  ) {
    super(scope, constructId(name));
    this.#name = name;
    const queue = new ConsumedQueue(this, {
      name,
      consumer,
      meaning: {
        failed: `A message was tried ${deliveries} times, or could not be delivered, and waits for a person.`,
        stalled:
          'The oldest message has waited for so long that the consumer must be standing still, or be far too slow.',
      },
    });
    this.#subscribe(messages, repliesOnly, queue.target);
    queue.feed(concurrency);
  }

  #subscribe(messages: readonly MessageContract[], repliesOnly: boolean, target: SqsQueue): void {
    const stack = ServiceStack.of(this);
    const bus: IEventBus = EventBus.fromEventBusName(this, 'Bus', stack.busName);
    const reply = repliesOnly ? { replyToken: Match.exists() } : {};
    for (const [source, contracts] of bySource(messages)) {
      new Rule(this, `From${constructId(source)}`, {
        ruleName: stack.ownName(this.#name, source),
        eventBus: bus,
        eventPattern: {
          source: [source],
          detailType: contracts.map(({ type }) => type),
          // A version that is published beside this one is for consumers that know it.
          detail: { metadata: { version: [...new Set(contracts.map(({ version }) => version))], ...reply } },
        },
        targets: [target],
      });
    }
  }
}

function bySource(messages: readonly MessageContract[]): Map<Source, MessageContract[]> {
  return Map.groupBy(messages, ({ source }) => source);
}
