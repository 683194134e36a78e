/** The transactional outbox: a table, the relay that follows its stream, the sweeper that looks at the table itself. */
import { functionTimeout, outboxAges } from '@distributed-patterns/durations';
import { Duration } from 'aws-cdk-lib/core';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { alarm, ownMetric } from './alarms.ts';
import { AlarmedQueue } from './alarmed-queue.ts';
import { mayPublish } from './publishing.ts';
import { ServiceFunction } from './service-function.ts';
import { ServiceStack } from './service-stack.ts';
import { OutboxTable } from './tables.ts';

/** A service's outbox, with all that empties it onto the bus. */
export class Outbox extends Construct {
  readonly table: OutboxTable;

  /** @param tableName what follows the prefix in the table's name, `inventory-outbox-table` */
  constructor(scope: Construct, tableName: string) {
    super(scope, 'Outbox');
    this.table = new OutboxTable(this, tableName);
    this.#relay();
    this.#sweep();
    const metric = ownMetric(this, 'OutboxStuck');
    const meaning = 'The bus has been refusing a message for a quarter of an hour; it waits in the outbox table.';
    alarm(this, 'outbox-stuck', { metric, meaning });
  }

  #relay(): void {
    const relay = this.#publisher('relay');
    const stream = this.table.streamArn;
    relay.allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      stream,
    );
    const meaning =
      'The relay gave a stream batch up. The messages are still in the outbox table, where the sweeper finds them.';
    const deadLetters = new AlarmedQueue(this, 'relay-dlq', meaning);
    relay.allow(['sqs:SendMessage'], deadLetters.queueArn);
    new EventSourceMapping(this, 'RelayStream', {
      target: relay,
      eventSourceArn: stream,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      filters: [{ pattern: JSON.stringify({ eventName: ['INSERT'] }) }],
      // Bounded, so that a shard is never blocked for long: the table is the truth, and the sweeper goes by it.
      retryAttempts: 5,
      maxRecordAge: Duration.seconds(outboxAges.streamedFor),
      bisectBatchOnError: true,
      onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
    });
  }

  #sweep(): void {
    const sweep = this.#publisher('sweep');
    sweep.allow(['dynamodb:Scan'], this.table.tableArn);
    const stack = ServiceStack.of(this);
    new Rule(this, 'SweepSchedule', {
      ruleName: stack.ownName('sweep'),
      schedule: Schedule.rate(Duration.minutes(outboxAges.sweptEvery / 60)),
      targets: [new LambdaFunction(sweep)],
    });
    const metric = sweep.metricErrors({ period: Duration.minutes(1) });
    const meaning = 'The sweeper failed three minutes in a row: what the relay leaves behind stays unpublished.';
    alarm(this, 'sweep-failing', { metric, meaning, periods: 3 });
  }

  #publisher(name: string): ServiceFunction {
    const publisher = new ServiceFunction(this, name, {
      timeout: Duration.seconds(functionTimeout.outbox),
      environment: { OUTBOX_TABLE: this.table.tableName },
    });
    publisher.allow(['dynamodb:BatchWriteItem'], this.table.tableArn);
    publisher.allowThat(mayPublish(ServiceStack.of(this)));
    return publisher;
  }
}
