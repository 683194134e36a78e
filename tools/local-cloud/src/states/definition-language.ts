/** The Amazon States Language as far as it is emulated: the shape of a definition before it is compiled. */
import * as z from 'zod';
import { AwsError, notImplemented } from '../aws-error.ts';
import { messageOf } from '../error-text.ts';
import type { Json } from './json.ts';
import { isExpression } from './template.ts';

const json: z.ZodType<Json> = z.json();
const stateName = z.string().min(1).max(80);
const expression = z.string().refine(isExpression, 'is a JSONata expression');
const errorEquals = z.array(z.string().min(1)).nonempty();
/** The largest number that a field of seconds takes. */
export const LONGEST_SECONDS = 99_999_999;

/** https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html: a Unicode identifier. */
const variableName = z
  .string()
  .max(80)
  .regex(/^\p{ID_Start}\p{ID_Continue}*$/u, 'is not a variable name')
  .refine((name) => name !== 'states', 'is reserved');
const assign = z.record(variableName, json);

const common = { Comment: z.string().optional(), QueryLanguage: z.literal('JSONata').optional() };
const leaving = { Assign: assign.optional(), Output: json.optional() };
const transition = { Next: stateName.optional(), End: z.literal(true).optional() };
const seconds = z.union([z.int().min(1).max(LONGEST_SECONDS), expression]);

const retrier = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: errorEquals,
  IntervalSeconds: z.int().min(1).max(LONGEST_SECONDS).default(1),
  MaxAttempts: z.int().min(0).max(LONGEST_SECONDS).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().min(1).max(31_622_399).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});
const catcher = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: errorEquals,
  Next: stateName,
  ...leaving,
});
const rule = z.strictObject({
  Comment: z.string().optional(),
  Condition: z.union([z.boolean(), expression]),
  Next: stateName,
  ...leaving,
});

const state = z.discriminatedUnion('Type', [
  z.strictObject({
    Type: z.literal('Task'),
    ...common,
    ...leaving,
    ...transition,
    Resource: z.string(),
    Arguments: json.optional(),
    TimeoutSeconds: seconds.optional(),
    HeartbeatSeconds: seconds.optional(),
    Retry: z.array(retrier).default([]),
    Catch: z.array(catcher).default([]),
  }),
  z.strictObject({ Type: z.literal('Pass'), ...common, ...leaving, ...transition }),
  z.strictObject({
    Type: z.literal('Wait'),
    ...common,
    ...leaving,
    ...transition,
    Seconds: z.union([z.int().min(0).max(LONGEST_SECONDS), expression]).optional(),
    Timestamp: z.union([z.iso.datetime({ offset: true }), expression]).optional(),
  }),
  z.strictObject({
    Type: z.literal('Choice'),
    ...common,
    ...leaving,
    Choices: z.array(rule).nonempty(),
    Default: stateName.optional(),
  }),
  z.strictObject({ Type: z.literal('Succeed'), ...common, Output: json.optional() }),
  z.strictObject({ Type: z.literal('Fail'), ...common, Error: z.string().optional(), Cause: z.string().optional() }),
]);

const definition = z.strictObject({
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONata').optional(),
  Version: z.literal('1.0').optional(),
  StartAt: stateName,
  TimeoutSeconds: z.int().min(1).max(LONGEST_SECONDS).optional(),
  States: z.record(stateName, state),
});

/** A definition as it is written. */
export type WrittenDefinition = z.infer<typeof definition>;
/** A state as it is written. */
export type WrittenState = z.infer<typeof state>;

/** Enough of a definition to see what it asks for, before every field is looked at. */
const outline = z.object({
  QueryLanguage: z.string().optional(),
  States: z.record(z.string(), z.object({ Type: z.string(), QueryLanguage: z.string().optional() })),
});

/** The types of the language, in the order in which AWS lists them. */
const STATE_TYPES = ['Task', 'Wait', 'Pass', 'Succeed', 'Fail', 'Choice', 'Parallel', 'Map'];

/** The rules that a definition can break, in AWS's words. */
export type DefinitionRule = 'INVALID_JSON_DESCRIPTION' | 'SCHEMA_VALIDATION_FAILED' | 'MISSING_TRANSITION_TARGET';

/** Thrown for a definition that breaks a rule of the language. */
export class InvalidDefinition extends AwsError {
  readonly rule: DefinitionRule;
  readonly problem: string;
  /** Where: `/States/Pay/Next`; undefined where the text is no JSON object. */
  readonly location: string | undefined;

  constructor(rule: DefinitionRule, problem: string, location?: string) {
    const where = location === undefined ? '' : ` at ${location}`;
    super('InvalidDefinition', `Invalid State Machine Definition: '${rule}: ${problem}${where}'`);
    this.rule = rule;
    this.problem = problem;
    this.location = location;
  }
}

/**
 * Reads a definition's text.
 * @throws AwsError InvalidDefinition with the place of the first mistake, NotImplemented for JSONPath, Map and Parallel
 */
export function readDefinition(text: string): WrittenDefinition {
  const value = parse(text);
  checkRequired(value);
  refuseWhatIsNotEmulated(value);
  const result = definition.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const location = `/${issue?.path.join('/') ?? ''}`;
  if (issue?.code === 'unrecognized_keys') {
    if (issue.keys.includes('Credentials')) throw notImplemented(`the field Credentials at ${location}`);
    throw new InvalidDefinition(
      'SCHEMA_VALIDATION_FAILED',
      `Field '${issue.keys.join(', ')}' is not supported`,
      location,
    );
  }
  throw new InvalidDefinition('SCHEMA_VALIDATION_FAILED', issue?.message ?? 'The definition cannot be read', location);
}

/** Fields that are missing are named together, before anything else is looked at. */
function checkRequired(value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidDefinition('SCHEMA_VALIDATION_FAILED', 'Definition must be a valid JSON object');
  }
  const missing = ['States', 'StartAt'].filter((field) => !(field in value));
  if (missing.length > 0) {
    throw new InvalidDefinition('SCHEMA_VALIDATION_FAILED', `These fields are required: [${missing.join(', ')}]`, '/');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidDefinition('INVALID_JSON_DESCRIPTION', messageOf(error));
  }
}

function refuseWhatIsNotEmulated(value: unknown): void {
  const seen = outline.safeParse(value);
  if (!seen.success) return;
  for (const [name, written] of Object.entries(seen.data.States)) {
    if (written.Type === 'Map' || written.Type === 'Parallel') {
      throw notImplemented(`the state type ${written.Type} (state '${name}')`);
    }
    if (!STATE_TYPES.includes(written.Type)) {
      throw new InvalidDefinition(
        'SCHEMA_VALIDATION_FAILED',
        `The field 'Type' should have one of these values: [${STATE_TYPES.join(', ')}]`,
        `/States/${name}/Type`,
      );
    }
    if (seen.data.QueryLanguage === 'JSONata' && written.QueryLanguage === 'JSONPath') {
      throw new InvalidDefinition(
        'SCHEMA_VALIDATION_FAILED',
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        `/States/${name}`,
      );
    }
    const language = written.QueryLanguage ?? seen.data.QueryLanguage ?? 'JSONPath';
    if (language !== 'JSONata') throw notImplemented(`the query language ${language} (state '${name}')`);
  }
}
