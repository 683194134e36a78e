/** The key shapes of the tables that every service has: what the stacks create and the tests create too. */

/** A table's partition key (a string) and, where items may expire, its TTL attribute (epoch seconds). */
export interface TableKeys {
  readonly partitionKey: string;
  readonly ttl?: string;
}

/** Another way to the items of a state table: a secondary index that holds their keys, found by two of their texts. */
export interface StateIndex {
  readonly name: string;
  readonly partitionKey: string;
  /** Items of one partition are in the order of this. */
  readonly sortKey: string;
}

/** A service's own state, one item per aggregate. */
export const stateTableKeys = { partitionKey: 'pk', ttl: 'expiresAt' } as const satisfies TableKeys;

/** The messages that are recorded and not yet published. */
export const outboxTableKeys = { partitionKey: 'id' } as const satisfies TableKeys;

/** Powertools' idempotency records, under the names that its DynamoDB persistence layer has by default. */
export const idempotencyTableKeys = { partitionKey: 'id', ttl: 'expiration' } as const satisfies TableKeys;
