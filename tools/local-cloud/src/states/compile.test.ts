/** What makes a definition valid, and what is said of one that is not. */
import { AwsError } from '../aws-error.ts';
import { Clock } from '../clock.ts';
import { compileDefinition } from './compile.ts';
import { command, machine } from './given-states.ts';
import { Expressions } from './jsonata.ts';
import type { Json } from './json.ts';

const expressions = new Expressions(new Clock(), () => 0);
const DONE = { Done: { Type: 'Succeed' } };

function refusal(definition: Json | string): string {
  try {
    compileDefinition(typeof definition === 'string' ? definition : JSON.stringify(definition), expressions);
  } catch (error) {
    if (error instanceof AwsError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

function task(further: Readonly<Record<string, Json>>): Json {
  return machine({ Ask: command('Ask', { Next: 'Done', ...further }), ...DONE });
}

describe('a definition (https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html)', () => {
  it('is JSON with StartAt and States', () => {
    expect(refusal('{')).toContain('InvalidDefinition: Invalid State Machine Definition');
    expect(refusal('[]')).toContain("'SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object'");
    expect(refusal({})).toBe(
      "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /'",
    );
    expect(refusal({ QueryLanguage: 'JSONata', States: DONE })).toContain('required: [StartAt] at /');
    expect(refusal({ QueryLanguage: 'JSONata', StartAt: 'Done' })).toContain('required: [States] at /');
    expect(refusal(machine(DONE))).toBe('accepted');
  });

  it('leads only to states that there are, and to each of them', () => {
    expect(refusal({ QueryLanguage: 'JSONata', StartAt: 'Nowhere', States: DONE })).toContain(
      "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere at /StartAt",
    );
    expect(refusal(machine({ One: { Type: 'Pass', Next: 'Two' } }))).toContain('Two at /States/One/Next');
    expect(refusal(task({ Catch: [{ ErrorEquals: ['A'], Next: 'Two' }] }))).toContain(
      'Two at /States/Ask/Catch[0]/Next',
    );
    expect(refusal(machine({ One: { Type: 'Pass', End: true }, ...DONE }))).toContain('State "Done" is not reachable.');
  });

  it('ends or goes on in each state, and not both', () => {
    expect(refusal(machine({ One: { Type: 'Pass' } }))).toContain(
      'Exactly one of [Next, End] is required at /States/One',
    );
    expect(refusal(machine({ One: { Type: 'Pass', Next: 'Done', End: true }, ...DONE }))).toContain(
      'Exactly one of [Next, End]',
    );
  });

  it('has no field that the language does not know', () => {
    expect(refusal(machine({ One: { Type: 'Pass', ResultPath: '$.a', End: true } }))).toContain(
      "SCHEMA_VALIDATION_FAILED: Field 'ResultPath' is not supported at /States/One",
    );
    expect(refusal(machine({ One: { Type: 'Passs', End: true } }))).toContain(
      "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/One/Type",
    );
  });

  it('has expressions that parse, in Arguments, Output, Assign and conditions', () => {
    const broken = '{% $states.input. %}';
    for (const [field, location] of [
      ['Arguments', 'Arguments/a[1]'],
      ['Output', 'Output/a[1]'],
      ['Assign', 'Assign/a[1]'],
    ] as const) {
      expect(refusal(task({ [field]: { a: [1, broken] } }))).toContain(`at /States/Ask/${location}`);
    }
    const choice = { Type: 'Choice', Choices: [{ Condition: broken, Next: 'Done' }] };
    expect(refusal(machine({ Which: choice, ...DONE }))).toContain('at /States/Which/Choices[0]/Condition');
  });

  it('assigns variables whose names are Unicode identifiers of eighty characters, and not the reserved one', () => {
    for (const name of ['a', 'ä_1', 'x'.repeat(80)]) expect(refusal(task({ Assign: { [name]: 1 } }))).toBe('accepted');
    for (const name of ['states', '', '_a', '1a', 'a-b', 'a.b', 'a[1]', 'x'.repeat(81)]) {
      expect(refusal(task({ Assign: { [name]: 1 } }))).toContain('InvalidDefinition');
    }
  });

  it('reads $states.result only in Output and Assign of a task, $states.errorOutput only in those of a catcher', () => {
    const result = '{% $states.result.a %}';
    const errorOutput = { deep: ['{% $string($states.errorOutput) %}'] };
    const caught = (further: Readonly<Record<string, Json>>): Json =>
      task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done', ...further }] });
    for (const field of ['Output', 'Assign']) {
      const value = field === 'Assign' ? (given: Json): Json => ({ a: given }) : (given: Json): Json => given;
      expect(refusal(task({ [field]: value(result) }))).toBe('accepted');
      expect(refusal(caught({ [field]: value(errorOutput) }))).toBe('accepted');
      expect(refusal(task({ [field]: value(errorOutput) }))).toContain('$states.errorOutput is not accessible');
      expect(refusal(caught({ [field]: value(result) }))).toContain(
        '$states.result is not accessible in this field at',
      );
      expect(refusal(machine({ One: { Type: 'Pass', [field]: value(result), End: true } }))).toContain(
        '$states.result',
      );
    }
    expect(refusal(task({ Arguments: { a: result } }))).toContain('at /States/Ask/Arguments/a');
    expect(refusal(task({ TimeoutSeconds: result }))).toContain('at /States/Ask/TimeoutSeconds');
    const choice = { Type: 'Choice', Choices: [{ Condition: '{% $states.errorOutput.Error = 1 %}', Next: 'Done' }] };
    expect(refusal(machine({ Which: choice, ...DONE }))).toContain('at /States/Which/Choices[0]/Condition');
  });

  it('does not fall back to JSONPath in one state, and names resources by their ARNs', () => {
    expect(refusal(machine({ One: { Type: 'Pass', QueryLanguage: 'JSONPath', End: true } }))).toContain(
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/One",
    );
    expect(refusal(task({ Resource: 'putEvents' }))).toContain(
      'The resource provided putEvents is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/Ask/Resource',
    );
  });

  it('waits by exactly one of Seconds and Timestamp', () => {
    const waiting = (until: Readonly<Record<string, Json>>): string =>
      refusal(machine({ Rest: { Type: 'Wait', ...until, End: true } }));
    expect(waiting({ Seconds: 0 })).toBe('accepted');
    expect(waiting({ Seconds: 99_999_999 })).toBe('accepted');
    expect(waiting({ Timestamp: '2026-01-01T00:00:00Z' })).toBe('accepted');
    for (const until of [
      {},
      { Seconds: 1, Timestamp: '2026-01-01T00:00:00Z' },
      { Seconds: -1 },
      { Seconds: 1e8 },
      { Timestamp: 'now' },
    ]) {
      expect(waiting(until as Readonly<Record<string, Json>>)).toContain('InvalidDefinition');
    }
  });

  it('puts States.ALL alone and last', () => {
    const all = { ErrorEquals: ['States.ALL'], Next: 'Done' };
    expect(refusal(task({ Catch: [{ ErrorEquals: ['A'], Next: 'Done' }, all] }))).toBe('accepted');
    expect(refusal(task({ Catch: [all, { ErrorEquals: ['A'], Next: 'Done' }] }))).toContain(
      'States.ALL must appear alone',
    );
    expect(refusal(task({ Retry: [{ ErrorEquals: ['A', 'States.ALL'] }] }))).toContain(
      'at /States/Ask/Retry[0]/ErrorEquals',
    );
  });

  it('keeps retriers and limits within their bounds', () => {
    expect(refusal(task({ Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 0 }] }))).toContain('InvalidDefinition');
    expect(refusal(task({ Retry: [{ ErrorEquals: ['A'], BackoffRate: 0.9 }] }))).toContain('InvalidDefinition');
    expect(refusal(task({ Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 5, MaxDelaySeconds: 5 }] }))).toContain(
      'MaxDelaySeconds',
    );
    for (const [field, last, first] of [
      ['IntervalSeconds', 99_999_999, 100_000_000],
      ['MaxAttempts', 0, -1],
      ['MaxAttempts', 99_999_999, 100_000_000],
      ['BackoffRate', 1, 0.99],
      ['MaxDelaySeconds', 31_622_399, 31_622_400],
    ] as const) {
      expect(refusal(task({ Retry: [{ ErrorEquals: ['A'], [field]: last }] }))).toBe('accepted');
      expect(refusal(task({ Retry: [{ ErrorEquals: ['A'], [field]: first }] }))).toContain('InvalidDefinition');
    }
    expect(refusal(task({ Retry: [{ ErrorEquals: [] }] }))).toContain('InvalidDefinition');
    expect(refusal(task({ TimeoutSeconds: 10, HeartbeatSeconds: 9 }))).toBe('accepted');
    expect(refusal(task({ TimeoutSeconds: 0 }))).toContain('InvalidDefinition');
    expect(refusal(task({ TimeoutSeconds: 10, HeartbeatSeconds: 10 }))).toContain('HeartbeatSeconds must be smaller');
    expect(refusal(task({ TimeoutSeconds: 'soon' }))).toContain('InvalidDefinition');
  });
});

describe('what is not emulated (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html)', () => {
  it('is said by name: state types, query language, task resources, credentials', () => {
    expect(refusal(machine({ All: { Type: 'Map', End: true } }))).toContain(
      'NotImplemented: local-cloud does not implement the state type Map',
    );
    expect(refusal({ StartAt: 'Done', States: DONE })).toContain(
      'NotImplemented: local-cloud does not implement the query language JSONPath',
    );
    expect(refusal(task({ Resource: 'arn:aws:states:::sqs:sendMessage' }))).toContain(
      'NotImplemented: local-cloud does not implement the task resource arn:aws:states:::sqs:sendMessage',
    );
    expect(refusal(task({ Credentials: { RoleArn: 'r' } }))).toContain('NotImplemented');
  });

  it('does not include JSONata chosen state by state', () => {
    expect(refusal({ StartAt: 'Done', States: { Done: { Type: 'Succeed', QueryLanguage: 'JSONata' } } })).toBe(
      'accepted',
    );
  });
});
