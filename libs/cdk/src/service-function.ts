/** A service's Lambda function, with a role that may do nothing but what a stack allows it, line by line. */
import { type Duration, Validations } from 'aws-cdk-lib/core';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import * as z from 'zod';
import { logRetention } from './logs.ts';
import { constructId, metricsNamespace } from './naming.ts';
import { ServiceStack } from './service-stack.ts';

/** What one function has that others do not. */
export interface ServiceFunctionProps {
  /** Longer than whatever the function waits for, shorter than its queue's visibility timeout. */
  readonly timeout: Duration;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Lambda gives CPU in proportion to memory: at 512 MiB a cold start of a bundle of half a megabyte is no longer CPU-bound. */
const MEMORY = 512;

/** An ARN as cdk-nag writes it: what is known only at deployment stands in angle brackets. */
const partAsReported = z.union([z.string(), z.object({ Ref: z.string() }).transform(({ Ref }) => `<${Ref}>`)]);
const arnAsReported = z.union([
  z.string(),
  z
    .object({ 'Fn::Join': z.tuple([z.literal(''), z.array(partAsReported)]) })
    .transform((arn) => arn['Fn::Join'][1].join('')),
]);

/** The function `name` of a service: code, role, log group and environment, all by convention. */
export class ServiceFunction extends LambdaFunction {
  override readonly timeout: Duration;
  readonly #role: Role;

  constructor(scope: Construct, name: string, { timeout, environment }: ServiceFunctionProps) {
    const stack = ServiceStack.of(scope);
    const id = constructId(name);
    const functionName = stack.ownName(name);
    const role = new Role(scope, `${id}Role`, {
      // The bus's policy knows a service's roles by this name.
      roleName: functionName,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: logRetention(stack.stage),
      removalPolicy: stack.removalPolicy,
    });
    super(scope, id, {
      functionName,
      role,
      logGroup,
      code: stack.code(name),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY,
      timeout,
      environment: {
        POWERTOOLS_SERVICE_NAME: stack.service,
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespace(stack.stage),
        BUS_NAME: stack.busName,
        NODE_OPTIONS: '--enable-source-maps',
        ...environment,
      },
    });
    this.timeout = timeout;
    this.#role = role;
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
  }

  /** Lets the function do exactly these actions, on exactly these resources. */
  allow(actions: readonly string[], ...resources: readonly string[]): void {
    this.allowThat(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }

  /** Lets the function do exactly these actions where AWS knows no single resource, or its name is not known before. */
  allowWildcard(actions: readonly string[], resource: string, reason: string): void {
    this.allow(actions, resource);
    const finding = arnAsReported.parse(this.stack.resolve(resource));
    Validations.of(this.#role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
  }

  /** Lets the function do what a statement says. */
  allowThat(statement: PolicyStatement): void {
    this.#role.addToPolicy(statement);
  }
}
