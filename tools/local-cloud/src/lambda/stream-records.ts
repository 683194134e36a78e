/** Stream records as they are read, and as Lambda hands them to a function. */
import * as z from 'zod';

const streamRecord = z.looseObject({
  dynamodb: z.looseObject({ SequenceNumber: z.string(), ApproximateCreationDateTime: z.number() }),
  userIdentity: z.object({ PrincipalId: z.string(), Type: z.string() }).optional(),
});

/** What DescribeStream answers, as far as it is read. */
export const describedStream = z.object({
  StreamDescription: z.object({
    Shards: z.array(z.object({ ShardId: z.string(), ParentShardId: z.string().optional() })),
    LastEvaluatedShardId: z.string().optional(),
  }),
});

/** What GetShardIterator answers. */
export const shardIterator = z.object({ ShardIterator: z.string() });

/** What GetRecords answers; a shard without a further iterator has been read to its end. */
export const readRecords = z.object({ Records: z.array(streamRecord), NextShardIterator: z.string().nullish() });
/** One answer of GetRecords. */
export type ReadRecords = z.infer<typeof readRecords>;

/** A record, ready for an event: its position, when it was made in milliseconds, and its JSON. */
export interface StreamRecord {
  readonly sequence: string;
  readonly created: number;
  readonly json: string;
  readonly value: object;
}

/**
 * A record of an event (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html): Lambda adds the stream's ARN,
 * and writes the identity of a TTL deletion in lower case.
 */
export function lambdaRecord(record: z.infer<typeof streamRecord>, streamArn: string): StreamRecord {
  const { userIdentity, ...rest } = record;
  const identity = userIdentity && { userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type } };
  const value = { ...rest, ...identity, eventSourceARN: streamArn };
  const { SequenceNumber, ApproximateCreationDateTime } = record.dynamodb;
  return { sequence: SequenceNumber, created: ApproximateCreationDateTime * 1000, json: JSON.stringify(value), value };
}
