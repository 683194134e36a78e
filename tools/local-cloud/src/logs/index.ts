/** CloudWatch Logs: what functions wrote, to be read through the API. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import type { Ground, Part } from '../part.ts';
import { propertiesOf, type DeclaredResource, type ResourceIdentity } from '../resource.ts';
import { EventStore, type LogEvent } from './event-store.ts';
import { describingOperations, readingOperations } from './operations.ts';
import { writingOperations } from './writing-operations.ts';

/** Days that a group may be told to keep its events for. */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html */
const groupProperties = z.strictObject({
  LogGroupName: z.string().min(1).max(512).optional(),
  RetentionInDays: z.literal(RETENTIONS).optional(),
  LogGroupClass: z.literal('STANDARD').optional(),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
});

/** How many events a group keeps: a bound on the disk, which AWS has not. */
const MOST_PER_GROUP = 20_000;

/** Takes lines of a stream that exists, without asking for permission again, and stores them a moment later. */
export interface LogSink {
  write(logGroup: string, logStream: string, events: readonly LogEvent[]): void;
}

/** Logs as a part. */
export interface LogsPart extends Part, LogSink {}

/** CloudWatch Logs, on the given ground. */
export function createLogs(ground: Ground, options: { readonly mostPerGroup?: number } = {}): LogsPart {
  const store = new EventStore(ground.database, ground.clock, options.mostPerGroup ?? MOST_PER_GROUP);
  return {
    services: {
      logs: {
        name: 'logs',
        wire: { protocol: 'json', version: '1.1', targetPrefix: 'Logs_20140328', errorNamespace: '' },
        operations: {
          ...writingOperations(store, ground.clock),
          ...describingOperations(store),
          ...readingOperations(store),
        },
      },
    },
    resources: { 'AWS::Logs::LogGroup': (resource) => declareGroup(store, resource) },
    start: () => store.start(),
    stop: () => store.stop(),
    write: (logGroup, logStream, events) => store.write(logGroup, logStream, events),
  };
}

function declareGroup(store: EventStore, resource: DeclaredResource): ResourceIdentity {
  const { LogGroupName, RetentionInDays } = propertiesOf(resource, groupProperties);
  const name = LogGroupName ?? `${resource.stack}-${resource.logicalId}`;
  store.declareGroup(name, RetentionInDays);
  return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
}
