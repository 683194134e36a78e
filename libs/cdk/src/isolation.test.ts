import { foreignReferences } from './isolation.ts';

const arn = (service: string, resource: string) => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:${service}:`, { Ref: 'AWS::Region' }, `:1:${resource}`]],
});

describe('a template of the order service', () => {
  it.each([
    ['a table', arn('dynamodb', 'table/distributed-patterns-demo-inventory-table-dev')],
    ['an index of a table', arn('dynamodb', 'table/distributed-patterns-demo-payment-table-dev/index/*')],
    ['a queue', arn('sqs', 'distributed-patterns-demo-payment-inbox-dev')],
    ['a function', arn('lambda', 'function:distributed-patterns-demo-notification-on-message-dev')],
    ['the state machine', arn('states', 'stateMachine:distributed-patterns-demo-order-saga-dev')],
    ['a role', arn('iam', 'role/distributed-patterns-demo-orchestrator-on-reply-dev')],
    ['a stack', 'distributed-patterns-demo-payment-dev'],
    ['a resource that nobody owns', 'distributed-patterns-demo-ledger-table-dev'],
    ['all resources', arn('dynamodb', 'table/distributed-patterns-demo-*')],
    ['a parameter', '/distributed-patterns-demo/dev/payment/stripe-api-key'],
    ['all parameters', '/distributed-patterns-demo/dev/*'],
    [
      'a name that is joined from parts',
      { 'Fn::Join': ['-', ['distributed-patterns-demo', 'payment', 'table', 'dev']] },
    ],
    [
      'a name in a substitution',
      { 'Fn::Sub': 'arn:${AWS::Partition}:sqs:::distributed-patterns-demo-payment-inbox-dev' },
    ],
    ['a name inside JSON text', JSON.stringify({ Resource: 'distributed-patterns-demo-payment-relay-dev' })],
    ["another stack's export", { 'Fn::ImportValue': 'anything' }],
    ["another stack's output", { 'Fn::GetStackOutput': { StackName: 'x', OutputName: 'y' } }],
  ])('may not refer to %s of someone else', (_what, reference) => {
    const template = {
      Resources: { Some: { Type: 'AWS::IAM::Policy', Properties: { Deep: [{ Resource: reference }] } } },
    };
    expect(foreignReferences(template, 'order')).not.toEqual([]);
  });

  it.each([
    ['its tables', arn('dynamodb', 'table/distributed-patterns-demo-orders-table-dev')],
    ['its outbox', arn('dynamodb', 'table/distributed-patterns-demo-outbox-table-dev/stream/2026')],
    ['its functions', 'distributed-patterns-demo-order-place-order-dev'],
    ['its stack', 'distributed-patterns-demo-order-dev'],
    ['its parameters', '/distributed-patterns-demo/dev/order/anything'],
    ['the bus', arn('events', 'event-bus/distributed-patterns-demo-event-bus-dev')],
    ['its own resources by logical id', { 'Fn::GetAtt': ['OrdersTable', 'Arn'] }],
    ['the metrics namespace', 'distributed-patterns-demo'],
  ])('may refer to %s', (_what, reference) => {
    expect(foreignReferences({ Resources: { Some: { Properties: { Deep: [reference] } } } }, 'order')).toEqual([]);
  });
});

describe("the bus's template", () => {
  it("may name the services' roles, and nothing else of theirs", () => {
    expect(foreignReferences([arn('iam', 'role/distributed-patterns-demo-order-*-dev')], 'event-bus')).toEqual([]);
    expect(foreignReferences([arn('sqs', 'distributed-patterns-demo-order-inbox-dev')], 'event-bus')).not.toEqual([]);
  });
});
