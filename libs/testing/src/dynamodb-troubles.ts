/** What goes wrong at DynamoDB. The client tries again by itself, twice, so that the function hears of some of it only. */
import type { TestDynamoDb } from './dynamodb.ts';
import * as fc from 'fast-check';

/** As it is injected. */
export type Trouble = Parameters<TestDynamoDb['faults']['inject']>[0];

const times = fc.integer({ min: 1, max: 4 });
const internal = { code: 'InternalServerError', message: 'injected', status: 500 };
const throttled = { code: 'ProvisionedThroughputExceededException', message: 'injected', status: 400 };

/** A transaction meets another, is throttled, fails, or is carried out and not answered; or nothing can be read. */
export const dynamodbTroubles: fc.Arbitrary<Trouble> = fc.oneof(
  fc.record({ at: fc.constant('dynamodb.conflict'), effect: fc.constant('error'), times }),
  fc.record({
    at: fc.constant('dynamodb.TransactWriteItems'),
    effect: fc.constant('error'),
    error: fc.constantFrom(throttled, internal),
    times,
  }),
  fc.record({ at: fc.constant('dynamodb.TransactWriteItems'), effect: fc.constant('lose-answer'), times }),
  fc.record({
    at: fc.constant('dynamodb.BatchGetItem'),
    effect: fc.constant('error'),
    error: fc.constant(internal),
    times,
  }),
);
