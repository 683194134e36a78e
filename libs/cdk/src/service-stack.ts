/** What all stacks have in common: stage, names, tags, and what happens to their data when they are deleted. */
import { Aws, DefaultStackSynthesizer, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Service } from '@distributed-patterns/contracts';
import type { Construct, IConstruct } from 'constructs';
import { busName, PREFIX, resourceName, stackName } from './naming.ts';
import type { StageSettings } from './stage-settings.ts';

/** What differs from one synthesis to the next. */
export interface StageProps {
  readonly stage: string;
}

/** A stack of one stage. */
export class StageStack extends Stack {
  readonly stage: string;

  constructor(scope: Construct, part: string, { stage }: StageProps) {
    super(scope, stackName(part, stage), {
      terminationProtection: stage === 'prod',
      // The check that the account is bootstrapped is the CDK's own business, not the template's.
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
      analyticsReporting: false,
      tags: { project: PREFIX, service: part, stage },
    });
    this.stage = stage;
  }

  /** Data outlives the stack in production only. */
  get removalPolicy(): RemovalPolicy {
    return this.stage === 'prod' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  }

  /** The physical name of one of this stack's resources. */
  named(...parts: readonly string[]): string {
    return resourceName(this.stage, ...parts);
  }
}

/** What a service's stack is made with: its settings, and the code of its functions. */
export interface ServiceStackProps extends StageProps {
  readonly settings: StageSettings;
  /** The bundle of a function, by the function's name. */
  readonly code: (functionName: string) => Code;
}

/** The stack of a service, which knows the bus by its name alone. */
export class ServiceStack extends StageStack {
  readonly service: Service;
  readonly settings: StageSettings;
  readonly code: ServiceStackProps['code'];

  constructor(scope: Construct, service: Service, props: ServiceStackProps) {
    super(scope, service, props);
    this.service = service;
    this.settings = props.settings;
    this.code = props.code;
  }

  /**
   * The service's stack that a construct belongs to.
   * @throws TypeError if it belongs to none
   */
  static override of(construct: IConstruct): ServiceStack {
    const stack = Stack.of(construct);
    if (!(stack instanceof ServiceStack)) throw new TypeError(`${construct.node.path} is not in a service's stack`);
    return stack;
  }

  get busName(): string {
    return busName(this.stage);
  }

  get busArn(): string {
    return this.formatArn({ service: 'events', resource: 'event-bus', resourceName: this.busName });
  }

  /** The physical name of one of this service's resources, with the service in it. */
  ownName(...parts: readonly string[]): string {
    return this.named(this.service, ...parts);
  }
}

/** The pattern of a service's roles in one stage: `ServiceFunction` names them so. */
export function roleArnPattern(service: string, stage: string): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${PREFIX}-${service}-*-${stage}`;
}
