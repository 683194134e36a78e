/** What the tests of services stand on. */
export * from './dynamodb.ts';
