/** The queues that templates have declared, found by name, by ARN and by URL. */
import { ACCOUNT, arn } from '../arn.ts';
import { invalidAddress, queueDoesNotExist } from './errors.ts';

/** Where messages go that were received too often. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** Which queues may name this one as their dead-letter queue. */
export interface RedriveAllowPolicy {
  readonly redrivePermission: 'allowAll' | 'denyAll' | 'byQueue';
  readonly sourceQueueArns?: readonly string[] | undefined;
}

/** A standard queue and its attributes; durations are seconds, sizes bytes. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeout: number;
  readonly messageRetentionPeriod: number;
  readonly delaySeconds: number;
  readonly receiveMessageWaitTimeSeconds: number;
  readonly maximumMessageSize: number;
  readonly sqsManagedSseEnabled: boolean;
  readonly kmsMasterKeyId: string | undefined;
  readonly redrivePolicy: RedrivePolicy | undefined;
  readonly redriveAllowPolicy: RedriveAllowPolicy | undefined;
  readonly declaredAt: number;
}

/** The path that every queue URL ends in, whatever host it names. */
const URL_ENDING = new RegExp(`/${ACCOUNT}/([A-Za-z0-9_-]{1,80}(?:\\.fifo)?)$`);

/** Names a queue by the end of its URL: `<any endpoint>/000000000000/<name>`. */
function queueNameOf(queueUrl: string): string {
  const name = URL_ENDING.exec(queueUrl)?.[1];
  if (name === undefined) throw invalidAddress(queueUrl);
  return name;
}

/** The ARN of the queue that a URL names, whether it exists or not: what IAM is asked about. */
export function queueArnOf(queueUrl: string): string {
  return arn('sqs', queueNameOf(queueUrl));
}

/** All queues; configuration only, the messages are in the message store. */
export class Queues {
  readonly #byName = new Map<string, Queue>();
  readonly #byArn = new Map<string, Queue>();
  readonly #endpointUrl: () => string;

  constructor(endpointUrl: () => string) {
    this.#endpointUrl = endpointUrl;
  }

  declare(queue: Queue): void {
    this.#byName.set(queue.name, queue);
    this.#byArn.set(queue.arn, queue);
  }

  /** @throws AwsError QueueDoesNotExist */
  named(name: string): Queue {
    const queue = this.#byName.get(name);
    if (queue === undefined) throw queueDoesNotExist();
    return queue;
  }

  /** @throws AwsError QueueDoesNotExist, InvalidAddress */
  at(queueUrl: string): Queue {
    return this.named(queueNameOf(queueUrl));
  }

  withArn(queueArn: string): Queue | undefined {
    return this.#byArn.get(queueArn);
  }

  url(queue: Queue): string {
    return `${this.#endpointUrl()}/${ACCOUNT}/${queue.name}`;
  }

  /** In the order of their names. */
  all(): Queue[] {
    return [...this.#byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** The queues whose redrive policy names this one. */
  sourcesOf(deadLetterQueue: Queue): Queue[] {
    return this.all().filter((queue) => queue.redrivePolicy?.deadLetterTargetArn === deadLetterQueue.arn);
  }

  /**
   * Checks every redrive policy, once all queues are known.
   * @throws Error where a dead-letter queue is missing or does not allow its source
   */
  checkRedrivePolicies(): void {
    for (const queue of this.#byName.values()) {
      if (queue.redrivePolicy === undefined) continue;
      const target = this.#byArn.get(queue.redrivePolicy.deadLetterTargetArn);
      if (target === undefined) {
        throw new Error(`RedrivePolicy of ${queue.name}: no queue ${queue.redrivePolicy.deadLetterTargetArn}`);
      }
      if (!allows(target.redriveAllowPolicy, queue.arn)) {
        throw new Error(`RedrivePolicy of ${queue.name}: RedriveAllowPolicy of ${target.name} does not allow it`);
      }
    }
  }
}

function allows(policy: RedriveAllowPolicy | undefined, sourceArn: string): boolean {
  if (policy === undefined || policy.redrivePermission === 'allowAll') return true;
  return policy.redrivePermission === 'byQueue' && (policy.sourceQueueArns ?? []).includes(sourceArn);
}
