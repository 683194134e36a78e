/** The orchestrator on AWS. */
import {
  alarm,
  AlarmedQueue,
  Inbox,
  logRetention,
  mayPublish,
  resourceName,
  ServiceFunction,
  ServiceStack,
  type ServiceStackProps,
} from '@distributed-patterns/cdk';
import { operatorDecision, orderPlaced, sagaNeedsAttention } from '@distributed-patterns/contracts';
import { functionTimeout } from '@distributed-patterns/durations';
import { ArnFormat, Duration, Validations } from 'aws-cdk-lib/core';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { orderSagaDefinition, saga } from '../src/order-saga.ts';
import { answersOf } from '../src/saga.ts';

const sagaName = (stage: string): string => resourceName(stage, 'order-saga');

/** What ends the wait of a step, or of a parked saga. */
const replies = [...answersOf(saga).map(({ contract }) => contract), operatorDecision];

/** The saga, what starts it and what brings it its answers. */
export class OrchestratorStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'orchestrator', props);

    const machine = this.#stateMachine();

    const startSaga = new ServiceFunction(this, 'start-saga', {
      timeout: Duration.seconds(functionTimeout.start),
      environment: { STATE_MACHINE_ARN: machine.stateMachineArn },
    });
    startSaga.allow(['states:StartExecution'], machine.stateMachineArn);
    startSaga.allowWildcard(['states:DescribeExecution'], this.#executions(), 'An execution is named after its order.');
    // Where the saga is over already, its last command is sent again.
    startSaga.allowThat(mayPublish(this, [saga.pivot.command.type, saga.end.command.type]));
    new Inbox(this, { name: 'start', consumer: startSaga, messages: [orderPlaced] });

    const onReply = new ServiceFunction(this, 'on-reply', { timeout: Duration.seconds(functionTimeout.reply) });
    onReply.allowWildcard(
      ['states:SendTaskSuccess', 'states:SendTaskFailure'],
      '*',
      'These actions know no resource: the token alone says which task is meant.',
    );
    // What a service has undone early, for an order that is cancelled, has no token: no step waits for it.
    new Inbox(this, { name: 'reply', consumer: onReply, messages: replies, repliesOnly: true });

    this.#parkedSagas();
    alarm(this, 'saga-failed', {
      metric: this.#endedUnsettled(machine),
      meaning: 'A saga ended in an error that its definition does not foresee, or was stopped: what it owed is open.',
    });
  }

  #stateMachine(): StateMachine {
    const name = sagaName(this.stage);
    const role = new Role(this, 'OrderSagaRole', {
      roleName: this.ownName('order-saga'),
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
    });
    role.addToPolicy(mayPublish(this));
    const machine = new StateMachine(this, 'OrderSaga', {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(JSON.stringify(orderSagaDefinition({ busName: this.busName }))),
      role,
      removalPolicy: this.removalPolicy,
      logs: { destination: this.#sagaLogs(name), level: LogLevel.ERROR, includeExecutionData: false },
    });
    const costs =
      'Each execution keeps its full history for 90 days; logging or tracing all of it costs more than the saga.';
    Validations.of(machine).acknowledge(
      { id: 'AwsSolutions-SF1', reason: costs },
      { id: 'AwsSolutions-SF2', reason: costs },
    );
    const reason = 'The actions by which Step Functions delivers logs know no resource.';
    Validations.of(role).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason });
    return machine;
  }

  #endedUnsettled(machine: StateMachine): MathExpression {
    const period = Duration.minutes(1);
    const usingMetrics = {
      failed: machine.metricFailed({ period }),
      timedOut: machine.metricTimedOut({ period }),
      aborted: machine.metricAborted({ period }),
    };
    return new MathExpression({ expression: 'failed + timedOut + aborted', usingMetrics, period });
  }

  #sagaLogs(name: string): LogGroup {
    return new LogGroup(this, 'OrderSagaLogs', {
      // Below /aws/vendedlogs/ the log group needs no entry in the account's resource policy, which is limited in size.
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: logRetention(this.stage),
      removalPolicy: this.removalPolicy,
    });
  }

  #executions(): string {
    const executions = `${sagaName(this.stage)}:order-*`;
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    return this.formatArn({ service: 'states', resource: 'execution', resourceName: executions, arnFormat });
  }

  /** A parked saga's call for help stays here until an operator has decided; it carries the token of the decision. */
  #parkedSagas(): void {
    const meaning = 'A saga is parked: a step that must not be given up has failed for good and waits for a decision.';
    const parked = new AlarmedQueue(this, 'parked', meaning);
    new Rule(this, 'ParkedRule', {
      ruleName: this.ownName('parked'),
      eventBus: EventBus.fromEventBusName(this, 'ParkedBus', this.busName),
      eventPattern: { source: [sagaNeedsAttention.source], detailType: [sagaNeedsAttention.type] },
      targets: [new SqsQueue(parked)],
    });
  }
}
