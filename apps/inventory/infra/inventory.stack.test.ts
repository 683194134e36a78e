import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { foreignReferences } from '@distributed-patterns/cdk/isolation';
import { functionsOf, grantsOf, propertiesOf, templateOf, wildcardActions } from '@distributed-patterns/cdk/testing';
import { InventoryStack } from './inventory.stack.ts';

const template = templateOf((app, props) => new InventoryStack(app, props));
const handlers = readdirSync(join(__dirname, '../src')).filter((file) => file.endsWith('.handler.ts'));

describe('the inventory stack', () => {
  it('has a function for every handler', () => {
    expect(functionsOf(template, 'inventory')).toEqual(handlers.map((file) => file.replace('.handler.ts', '')).sort());
  });

  it('refers to nothing that another service owns', () => {
    expect(foreignReferences(template, 'inventory')).toEqual([]);
  });

  it('allows no action by wildcard', () => {
    expect(wildcardActions(template)).toEqual([]);
  });

  it('lets listing products read, and reservations change stock', () => {
    const table = 'distributed-patterns-demo-inventory-table-dev';
    const onData = (name: string) =>
      grantsOf(template, 'inventory', name).filter((grant) => grant.startsWith('dynamodb:'));
    expect(onData('list-products')).toEqual([`dynamodb:BatchGetItem on ${table}`]);
    expect(onData('on-message')).toEqual([
      `dynamodb:BatchGetItem on ${table}`,
      'dynamodb:PutItem on distributed-patterns-demo-inventory-outbox-table-dev',
      `dynamodb:PutItem on ${table}`,
      `dynamodb:UpdateItem on ${table}`,
    ]);
  });

  it('hears the saga, and of orders that are cancelled or completed', () => {
    const patterns = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern ?? []);
    const detail = { metadata: { version: [1] } };
    expect(patterns).toEqual([
      { source: ['orchestrator'], 'detail-type': ['ReserveInventory', 'ReleaseInventory'], detail },
      { source: ['order'], 'detail-type': ['OrderCancelRequested', 'OrderCompleted'], detail },
    ]);
  });
});
