/** The bus that all services meet on: its archive, and the policy that ties each source to its owner. */
import { busName, constructId, roleArnPattern, StageStack, type StageProps } from '@distributed-patterns/cdk';
import { services, type Source, sources } from '@distributed-patterns/contracts';
import { CfnResource, Duration } from 'aws-cdk-lib/core';
import { Archive, EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';

/** How long the archive can replay from: a week to try things out, in production a quarter. */
const archiveDays = (stage: string): number => (stage === 'prod' ? 90 : 7);

/** The event bus of a stage. */
export class EventBusStack extends StageStack {
  constructor(scope: Construct, props: StageProps) {
    super(scope, 'event-bus', props);
    const bus = new EventBus(this, 'Bus', { eventBusName: busName(this.stage) });

    new Archive(this, 'Archive', {
      archiveName: busName(this.stage),
      sourceEventBus: bus,
      eventPattern: { source: [...sources] },
      retention: Duration.days(archiveDays(this.stage)),
    });

    for (const service of services) {
      this.#deny(service, bus, { ArnNotLike: { 'aws:PrincipalArn': roleArnPattern(service, this.stage) } });
    }
    // An operator is a person: no service decides about a parked saga.
    this.#deny('operator', bus, { ArnLike: { 'aws:PrincipalArn': roleArnPattern('*', '*') } });
  }

  /** Denies a source to the principals that `who` describes, whatever their own policies allow. */
  #deny(source: Source, bus: EventBus, who: Readonly<Record<string, unknown>>): void {
    // Not CfnEventBusPolicy: it warns of a deprecated property that nobody sets.
    new CfnResource(this, constructId(`${source}-policy`), {
      type: 'AWS::Events::EventBusPolicy',
      properties: {
        EventBusName: bus.eventBusName,
        StatementId: `only-${source}-speaks-as-${source}`,
        Statement: {
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: 'events:PutEvents',
          Resource: bus.eventBusArn,
          // A call may carry entries of several sources: one that is not the caller's is enough.
          Condition: { 'ForAnyValue:StringEquals': { 'events:source': [source] }, ...who },
        },
      },
    });
  }
}
