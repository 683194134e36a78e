/** Message move tasks: dead letters go back to where they came from, or to another queue. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Ground } from '../part.ts';
import { operation, type BoundOperation } from '../service.ts';
import { checkRange, invalidParameter, parameters } from './errors.ts';
import type { MessageStore, StoredMessage } from './message-store.ts';
import { MoveTaskStore, type MoveTask } from './move-task-store.ts';
import type { Queue, Queues } from './queue.ts';
import type { Visibility } from './visibility.ts';

/** The greatest rate of https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html. */
const GREATEST_RATE = 500;

/** Why a task fails whose destination is gone, by the code of the query protocol. */
const NO_QUEUE = 'AWS.SimpleQueueService.NonExistentQueue';

const start = parameters(
  z.strictObject({
    SourceArn: z.string(),
    DestinationArn: z.string().optional(),
    MaxNumberOfMessagesPerSecond: z.number().optional(),
  }),
);
const list = parameters(z.strictObject({ SourceArn: z.string(), MaxResults: z.number().optional() }));
const cancel = parameters(z.strictObject({ TaskHandle: z.string() }));

/** Runs move tasks: up to so many messages at once, and on after a second of the clock until none is left. */
export class MoveTasks {
  readonly #ground: Ground;
  readonly #queues: Queues;
  readonly #messages: MessageStore;
  readonly #visibility: Visibility;
  readonly #tasks: MoveTaskStore;

  constructor(ground: Ground, queues: Queues, messages: MessageStore, visibility: Visibility) {
    this.#ground = ground;
    this.#queues = queues;
    this.#messages = messages;
    this.#visibility = visibility;
    this.#tasks = new MoveTaskStore(ground.database);
  }

  /** Goes on with the tasks that were running. */
  resume(): void {
    for (const task of this.#tasks.running()) this.#work(task.handle);
  }

  operations(): Record<string, BoundOperation> {
    return {
      StartMessageMoveTask: operation({
        parse: start,
        needs: ({ SourceArn, DestinationArn }) => [
          ...['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => ({
            action: `sqs:${action}`,
            resource: SourceArn,
          })),
          ...this.#destinations(SourceArn, DestinationArn).map((resource) => ({ action: 'sqs:SendMessage', resource })),
        ],
        run: (given) => this.#start(given),
      }),
      ListMessageMoveTasks: operation({
        parse: list,
        needs: ({ SourceArn }) => [{ action: 'sqs:ListMessageMoveTasks', resource: SourceArn }],
        run: ({ SourceArn, MaxResults }) => {
          checkRange(MaxResults, 'MaxResults', 1, 10);
          this.#source(SourceArn);
          return { Results: this.#tasks.latest(SourceArn, MaxResults ?? 1).map(present) };
        },
      }),
      CancelMessageMoveTask: operation({
        parse: cancel,
        needs: ({ TaskHandle }) => [{ action: 'sqs:CancelMessageMoveTask', resource: sourceIn(TaskHandle) }],
        run: ({ TaskHandle }) => {
          this.#source(sourceIn(TaskHandle));
          const task = this.#tasks.get(TaskHandle);
          if (task === undefined) throw notFound('Task does not exist.');
          if (task.status !== 'RUNNING') throw unsupported('Only active tasks can be cancelled.');
          this.#tasks.end(TaskHandle, 'CANCELLED');
          return { ApproximateNumberOfMessagesMoved: task.moved };
        },
      }),
    };
  }

  #destinations(sourceArn: string, destinationArn: string | undefined): string[] {
    if (destinationArn !== undefined) return [destinationArn];
    const source = this.#queues.withArn(sourceArn);
    return source === undefined ? [] : this.#queues.sourcesOf(source).map((queue) => queue.arn);
  }

  #source(sourceArn: string): Queue {
    const source = this.#queues.withArn(sourceArn);
    if (source === undefined)
      throw notFound("The resource that you specified for the SourceArn parameter doesn't exist.");
    return source;
  }

  #start(given: ReturnType<typeof start>): { TaskHandle: string } {
    const source = this.#source(given.SourceArn);
    checkRange(given.MaxNumberOfMessagesPerSecond, 'MaxNumberOfMessagesPerSecond', 1, GREATEST_RATE);
    if (this.#queues.sourcesOf(source).length === 0)
      throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
    if (given.DestinationArn !== undefined && this.#queues.withArn(given.DestinationArn) === undefined) {
      throw notFound("The resource that you specified for the DestinationArn parameter doesn't exist.");
    }
    if (given.DestinationArn === given.SourceArn)
      throw invalidParameter('Source queue arn and destination queue arn cannot be the same.');
    if (this.#tasks.latest(source.arn, 1)[0]?.status === 'RUNNING') {
      throw invalidParameter(
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    }
    const handle = Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: source.arn })).toString('base64');
    const now = this.#ground.clock.now();
    this.#messages.expire(source.name, now - source.messageRetentionPeriod * 1000);
    this.#tasks.add({
      handle,
      status: 'RUNNING',
      source: source.arn,
      destination: given.DestinationArn ?? null,
      rate: given.MaxNumberOfMessagesPerSecond ?? null,
      moved: 0,
      to_move: this.#messages.count(source.name, now).visible,
      failure: null,
      started_at: now,
    });
    this.#ground.activity.begin(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      this.#work(handle);
    });
    return { TaskHandle: handle };
  }

  /** Moves the messages of one second, then waits for the next. */
  #work(handle: string): void {
    const task = this.#tasks.get(handle);
    const source = task && this.#queues.withArn(task.source);
    if (task?.status !== 'RUNNING' || source === undefined) return;
    const isDone = this.#messages.transaction(() => this.#moveSome(task, source));
    if (!isDone) this.#ground.clock.after(1000, () => this.#work(handle));
  }

  /** True where the task has come to its end. */
  #moveSome(task: MoveTask, source: Queue): boolean {
    const now = this.#ground.clock.now();
    const most = Math.min(task.rate ?? GREATEST_RATE, task.to_move - task.moved);
    const messages = this.#messages.visible(source.name, now, most);
    const unknown = messages.find((message) => this.#destinationOf(task, message) === undefined);
    if (unknown !== undefined) {
      const isLost = task.destination === null && unknown.source_arn === null;
      this.#tasks.end(task.handle, 'FAILED', isLost ? 'CouldNotDetermineMessageSource' : NO_QUEUE);
      return true;
    }
    for (const message of messages) this.#move(message, this.#destinationOf(task, message), now);
    this.#tasks.addMoved(task.handle, messages.length);
    if (messages.length === most && task.moved + messages.length < task.to_move) return false;
    this.#tasks.end(task.handle, 'COMPLETED');
    return true;
  }

  #destinationOf(task: MoveTask, message: StoredMessage): Queue | undefined {
    const destinationArn = task.destination ?? message.source_arn;
    return destinationArn === null ? undefined : this.#queues.withArn(destinationArn);
  }

  #move(message: StoredMessage, destination: Queue | undefined, now: number): void {
    if (destination === undefined) return;
    this.#messages.redrive(message.id, destination.name, randomUUID(), now);
    this.#messages.afterCommit(() => this.#visibility.expect(destination, now));
  }
}

function present(task: MoveTask): Record<string, unknown> {
  return {
    TaskHandle: task.status === 'RUNNING' ? task.handle : undefined,
    Status: task.status,
    SourceArn: task.source,
    DestinationArn: task.destination ?? undefined,
    MaxNumberOfMessagesPerSecond: task.rate ?? undefined,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.to_move,
    FailureReason: task.failure ?? undefined,
    StartedTimestamp: task.started_at,
  };
}

const handleContent = z.object({ taskId: z.string(), sourceArn: z.string() });

/** @throws AwsError InvalidParameterValueException where the text is no handle of a task */
function sourceIn(taskHandle: string): string {
  try {
    return handleContent.parse(JSON.parse(Buffer.from(taskHandle, 'base64').toString())).sourceArn;
  } catch {
    throw invalidParameter('Value for parameter TaskHandle is invalid.');
  }
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, { status: 404 });
}

function unsupported(message: string): AwsError {
  return new AwsError('UnsupportedOperation', message);
}
