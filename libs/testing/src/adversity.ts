/** What the property tests of services are made of: messages that come repeatedly and in any order, functions that are killed, and a DynamoDB that fails. */
export * from './delivery-rounds.ts';
export * from './dynamodb-troubles.ts';
export * from './perilous-environment.ts';
