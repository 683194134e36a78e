import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { busName } from '@distributed-patterns/cdk';
import { orderSagaDefinition } from '../src/order-saga.ts';

it('the exported state machine is the one that is deployed', () => {
  const exported = readFileSync(join(__dirname, '../../../docs/order-saga.asl.json'), 'utf8');
  const deployed = `${JSON.stringify(orderSagaDefinition({ busName: busName('dev') }), null, 2)}\n`;
  if (exported !== deployed) throw new Error('docs/order-saga.asl.json is out of date: run npm run export-asl');
});
