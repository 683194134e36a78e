/** CloudWatch Logs: what functions wrote, to be read through the API. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import type { Ground, Part } from '../part.ts';
import { propertiesOf, type DeclaredResource, type ResourceIdentity } from '../resource.ts';
import { EventStore, type LogEvent } from './event-store.ts';
import { describingOperations, readingOperations, writingOperations } from './operations.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-logs-loggroup.html */
const groupProperties = z.strictObject({
  LogGroupName: z.string().min(1).max(512).optional(),
  RetentionInDays: z.int().min(1).optional(),
  LogGroupClass: z.literal('STANDARD').optional(),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
});

/** How many events a group keeps: a bound on the disk, which AWS has not. */
const MOST_PER_GROUP = 20_000;

/** Logs as a part; `write` takes lines of a stream that exists, without asking for permission again. */
export interface LogsPart extends Part {
  write(logGroup: string, logStream: string, events: readonly LogEvent[]): void;
}

/** CloudWatch Logs, on the given ground. */
export function createLogs(ground: Ground, options: { readonly mostPerGroup?: number } = {}): LogsPart {
  const store = new EventStore(ground.database, ground.clock, options.mostPerGroup ?? MOST_PER_GROUP);
  return {
    services: {
      logs: {
        name: 'logs',
        wire: { protocol: 'json', version: '1.1', targetPrefix: 'Logs_20140328', errorNamespace: '' },
        operations: { ...writingOperations(store), ...describingOperations(store), ...readingOperations(store) },
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
