/** The tables of a service: on demand, encrypted by AWS's own keys, shaped as libs/messaging says. */
import {
  idempotencyTableKeys,
  outboxTableKeys,
  type StateIndex,
  stateTableKeys,
  type TableKeys,
} from '@distributed-patterns/messaging';
import { Validations } from 'aws-cdk-lib/core';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { constructId } from './naming.ts';
import { ServiceStack } from './service-stack.ts';
import type { Construct } from 'constructs';

/** What a state table has beside its key. */
export interface StateTableProps {
  /** They hold keys only: who finds an item there reads it from the table, where it is current. */
  readonly indexes?: readonly StateIndex[];
}

/** A service's own state: recoverable to any second of the last 35 days. */
export class StateTable extends Table {
  /** @param name what follows the prefix in the table's name, `orders-table` */
  constructor(scope: Construct, name: string, { indexes = [] }: StateTableProps = {}) {
    super(scope, constructId(name), { ...tableProps(scope, name, stateTableKeys), ...recoverable });
    for (const index of indexes) {
      this.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }
  }

  /** The ARN of one of the table's indexes, for the right to query it. */
  indexArn({ name }: StateIndex): string {
    return `${this.tableArn}/index/${name}`;
  }
}

/** Messages recorded and not yet published: as much the truth as the state, so as recoverable. */
export class OutboxTable extends Table {
  /** The stream that the relay follows. */
  readonly streamArn: string;

  constructor(scope: Construct, name: string) {
    const stream = StreamViewType.NEW_IMAGE;
    super(scope, constructId(name), { ...tableProps(scope, name, outboxTableKeys), ...recoverable, stream });
    if (this.tableStreamArn === undefined) throw new TypeError(`${name} has no stream`);
    this.streamArn = this.tableStreamArn;
  }
}

/** Powertools' idempotency records. */
export class IdempotencyTable extends Table {
  constructor(scope: Construct, name: string) {
    super(scope, constructId(name), tableProps(scope, name, idempotencyTableKeys));
    const reason =
      'A record lives no longer than its key holds; the guard item in the state table is what no order is lost or doubled by.';
    Validations.of(this).acknowledge({ id: 'AwsSolutions-DDB3', reason });
  }
}

const recoverable = { pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true } };

function tableProps(scope: Construct, name: string, keys: TableKeys): TableProps {
  const stack = ServiceStack.of(scope);
  return {
    tableName: stack.named(name),
    partitionKey: { name: keys.partitionKey, type: AttributeType.STRING },
    timeToLiveAttribute: keys.ttl,
    billingMode: BillingMode.PAY_PER_REQUEST,
    deletionProtection: stack.stage === 'prod',
    removalPolicy: stack.removalPolicy,
  };
}
