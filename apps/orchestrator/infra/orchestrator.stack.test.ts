import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { foreignReferences } from '@distributed-patterns/cdk/isolation';
import {
  functionsOf,
  grantsOf,
  propertiesOf,
  statementsOf,
  templateOf,
  wildcardActions,
} from '@distributed-patterns/cdk/testing';
import { OrchestratorStack } from './orchestrator.stack.ts';

const template = templateOf((app, props) => new OrchestratorStack(app, props));
const handlers = readdirSync(join(__dirname, '../src')).filter((file) => file.endsWith('.handler.ts'));

describe('the orchestrator stack', () => {
  it('has a function for every handler', () => {
    expect(functionsOf(template, 'orchestrator')).toEqual(
      handlers.map((file) => file.replace('.handler.ts', '')).sort(),
    );
  });

  it('refers to nothing that another service owns', () => {
    expect(foreignReferences(template, 'orchestrator')).toEqual([]);
  });

  it('allows no action by wildcard', () => {
    expect(wildcardActions(template)).toEqual([]);
  });

  it('runs the saga as a standard workflow that may speak as the orchestrator alone', () => {
    expect(propertiesOf(template, 'AWS::StepFunctions::StateMachine')).toEqual([
      expect.objectContaining({
        StateMachineName: 'distributed-patterns-demo-order-saga-dev',
        StateMachineType: 'STANDARD',
        LoggingConfiguration: expect.objectContaining({ Level: 'ERROR' }) as unknown,
      }),
    ]);
    const publishing = statementsOf(template, 'orchestrator', 'order-saga').find(({ Action }) =>
      Action.includes('events:PutEvents'),
    );
    expect(publishing?.Condition?.['ForAllValues:StringEquals']).toMatchObject({ 'events:source': ['orchestrator'] });
  });

  it('lets only the reply handler answer tasks, and only the starter start', () => {
    const states = (name: string) =>
      grantsOf(template, 'orchestrator', name).filter((grant) => grant.startsWith('states:'));
    expect(states('on-reply')).toEqual(['states:SendTaskFailure on *', 'states:SendTaskSuccess on *']);
    expect(states('start-saga')).toEqual([
      'states:DescribeExecution on execution:distributed-patterns-demo-order-saga-dev:order-*',
      'states:StartExecution on distributed-patterns-demo-order-saga-dev',
    ]);
  });

  it('starts on placed orders, and takes answers from their owners only where they carry a token', () => {
    const patterns = propertiesOf(template, 'AWS::Events::Rule').flatMap(({ EventPattern }) => EventPattern ?? []);
    const detail = { metadata: { version: [1], replyToken: [{ exists: true }] } };
    const reply = (source: string, ...types: string[]) => ({ source: [source], 'detail-type': types, detail });
    expect(patterns).toEqual([
      { source: ['order'], 'detail-type': ['OrderPlaced'], detail: { metadata: { version: [1] } } },
      reply('inventory', 'InventoryReserved', 'InventoryReleased', 'InventoryRejected'),
      reply('payment', 'PaymentProcessed', 'PaymentRefunded', 'PaymentDeclined'),
      reply('notification', 'NotificationSent', 'NotificationCancelled', 'NotificationFailed'),
      reply('order', 'OrderCompleted', 'OrderFailed', 'OrderCancelled', 'CompletionRefused'),
      reply('operator', 'OperatorDecision'),
      { source: ['orchestrator'], 'detail-type': ['SagaNeedsAttention'] },
    ]);
  });

  it('wakes somebody when a saga fails or is parked', () => {
    const alarms = propertiesOf(template, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName);
    expect(alarms).toEqual(
      expect.arrayContaining([
        'distributed-patterns-demo-orchestrator-saga-failed-dev',
        'distributed-patterns-demo-orchestrator-parked-not-empty-dev',
      ]),
    );
  });
});
