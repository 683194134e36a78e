/** Sends the records of discarded and finished work to the queues that are configured for them. */
import type { Dispatcher } from '../dispatcher.ts';
import { ACCOUNT } from '../arn.ts';
import type { LambdaFunction } from './function-declaration.ts';
import { messageOf } from '../error-text.ts';

/** The URL of a queue, of which the SQS part reads account and name only. */
export function queueUrl(endpoint: string, queueArn: string): string {
  return `${endpoint}/${ACCOUNT}/${queueArn.slice(queueArn.lastIndexOf(':') + 1)}`;
}

/** Sends to SQS as the function's role (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html). */
export class Destinations {
  readonly #dispatcher: Dispatcher;
  readonly #endpointUrl: () => string;
  readonly #report: (line: string) => void;

  constructor(dispatcher: Dispatcher, endpointUrl: () => string, report: (line: string) => void) {
    this.#dispatcher = dispatcher;
    this.#endpointUrl = endpointUrl;
    this.#report = report;
  }

  /** Delivers a record; one that is refused is reported and lost, as AWS only counts a DestinationDeliveryFailure. */
  async send(declared: LambdaFunction, queueArn: string, record: object): Promise<void> {
    const message = { QueueUrl: queueUrl(this.#endpointUrl(), queueArn), MessageBody: JSON.stringify(record) };
    try {
      await this.#dispatcher.call('sqs', 'SendMessage', message, { type: 'role', arn: declared.role });
    } catch (error) {
      this.#report(`lambda ${declared.name}: destination ${queueArn} refused a record: ${messageOf(error)}`);
    }
  }
}
