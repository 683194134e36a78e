/** What placing an order takes besides: apart from `wiring.ts`, so that no other function's bundle has Powertools' layer of it. */
import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { environmentVariable, once } from '@distributed-patterns/messaging';
import { client, type Wiring, wiringWith } from './wiring.ts';

/** What placing an order takes: Powertools' layer of idempotency, too. */
export interface PlacementWiring extends Wiring {
  readonly idempotency: { readonly config: IdempotencyConfig; readonly persistenceStore: DynamoDBPersistenceLayer };
  /** How long the guard holds. Powertools' record is over before it, whenever in the request it was written. */
  readonly idempotencySeconds: number;
}

export const placementWiring = /* @__PURE__ */ once(() => placementWiringWith(client()));

/** What placing an order takes, on this client: a test has one whose calls it can break. */
export function placementWiringWith(dynamodb: DynamoDBDocumentClient): PlacementWiring {
  const config = new IdempotencyConfig({
    eventKeyJmesPath: 'key',
    payloadValidationJmesPath: 'fingerprint',
    expiresAfterSeconds: Number(environmentVariable('IDEMPOTENCY_RECORD_SECONDS')),
    hashFunction: 'sha256',
    responseHook: (placed) => Object.assign({}, placed, { replayed: true }),
  });
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: environmentVariable('IDEMPOTENCY_TABLE'),
    awsSdkV3Client: dynamodb,
  });
  return {
    ...wiringWith(dynamodb),
    idempotency: { config, persistenceStore },
    idempotencySeconds: Number(environmentVariable('IDEMPOTENCY_SECONDS')),
  };
}
