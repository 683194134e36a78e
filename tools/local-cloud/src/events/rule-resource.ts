/** Takes over `AWS::Events::Rule` from a template. */
import * as z from 'zod';
import { propertiesOf, type DeclaredResource, type ResourceIdentity } from '../resource.ts';
import { compileInput } from './input.ts';
import { compilePattern, exactTexts, LONGEST_PATTERN } from './pattern.ts';
import {
  busNameOf,
  DEFAULT_BUS,
  ruleArn,
  type Declarations,
  type Rule,
  type RulePattern,
  type Target,
} from './rule.ts';
import type { RuleStates } from './rule-states.ts';
import { compileSchedule } from './schedule.ts';
import { checkTargetArn } from './send-to-target.ts';

const MOST_TARGETS = 5;

const target = z.strictObject({
  Arn: z.string(),
  Id: z.string().regex(/^[.\-_A-Za-z0-9]{1,64}$/),
  RoleArn: z.string().optional(),
  Input: z.string().max(8192).optional(),
  InputPath: z.string().max(256).optional(),
  InputTransformer: z
    .strictObject({
      InputPathsMap: z.record(z.string(), z.string()).optional(),
      InputTemplate: z.string().min(1).max(8192),
    })
    .optional(),
  RetryPolicy: z
    .strictObject({
      MaximumRetryAttempts: z.coerce.number().int().min(0).max(185).optional(),
      MaximumEventAgeInSeconds: z.coerce.number().int().min(60).max(86_400).optional(),
    })
    .optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string().startsWith('arn:aws:sqs:') }).optional(),
});

const properties = z.strictObject({
  Name: z
    .string()
    .regex(/^[.\-_A-Za-z0-9]{1,64}$/)
    .optional(),
  Description: z.string().max(512).optional(),
  EventBusName: z.string().optional(),
  EventPattern: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  ScheduleExpression: z.string().max(256).optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(target).max(MOST_TARGETS).default([]),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
});

/**
 * Declares a rule (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html).
 * @throws Error naming a property that is not supported or not valid; AwsError InvalidEventPatternException
 */
export function declareRule(
  declarations: Declarations,
  states: RuleStates,
  resource: DeclaredResource,
): ResourceIdentity {
  const given = propertiesOf(resource, properties);
  const name = given.Name ?? `${resource.stack}-${resource.logicalId}`.slice(-64);
  const busName = busNameOf(given.EventBusName ?? DEFAULT_BUS);
  if (given.EventPattern === undefined && given.ScheduleExpression === undefined) {
    throw new Error('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (given.ScheduleExpression !== undefined && busName !== DEFAULT_BUS) {
    throw new Error('ScheduleExpression is supported only on the default event bus.');
  }
  const ids = new Set(given.Targets.map(({ Id }) => Id));
  if (ids.size < given.Targets.length) throw new Error('Targets: each Id must be unique.');

  const identity = ruleArn(busName, name);
  const rule: Rule = {
    name,
    arn: identity,
    busName,
    description: given.Description,
    isEnabled: given.State === 'ENABLED',
    pattern: given.EventPattern === undefined ? undefined : rulePattern(given.EventPattern),
    schedule: given.ScheduleExpression === undefined ? undefined : compileSchedule(given.ScheduleExpression),
    targets: new Map(given.Targets.map((one) => [one.Id, targetOf(one)])),
  };
  declarations.addRule(rule);
  states.declare(rule);
  return { ref: busName === DEFAULT_BUS ? name : `${busName}|${name}`, attributes: { Arn: identity } };
}

/** A pattern as rules and archives keep it. */
export function rulePattern(pattern: unknown): RulePattern {
  const text = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
  if (text.length > LONGEST_PATTERN) throw new Error(`EventPattern is longer than ${LONGEST_PATTERN} characters`);
  return {
    text,
    matches: compilePattern(pattern),
    detailTypes: exactTexts(pattern, 'detail-type'),
    sources: exactTexts(pattern, 'source'),
  };
}

/** A retry policy's defaults: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html. */
function targetOf(given: z.infer<typeof target>): Target {
  checkTargetArn(given.Arn, given.RoleArn);
  return {
    id: given.Id,
    arn: given.Arn,
    roleArn: given.RoleArn,
    transform: compileInput(given, given.Id),
    retryPolicy: {
      maximumRetryAttempts: given.RetryPolicy?.MaximumRetryAttempts ?? 185,
      maximumEventAgeInSeconds: given.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
    },
    deadLetterArn: given.DeadLetterConfig?.Arn,
    declared: given,
  };
}
