/** Writes the state machine as it would be deployed to `docs/order-saga.asl.json`, for people and for tools that draw it. */
import { writeFileSync } from 'node:fs';
import { busName } from '@distributed-patterns/cdk';
import { orderSagaDefinition } from '../src/order-saga.ts';

const file = new URL('../../../docs/order-saga.asl.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(orderSagaDefinition({ busName: busName('dev') }), null, 2)}\n`);
