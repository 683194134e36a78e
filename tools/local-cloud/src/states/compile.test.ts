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

describe('a definition', () => {
  it('is JSON with StartAt and States', () => {
    expect(refusal('{')).toContain('InvalidDefinition: Invalid State Machine Definition');
    expect(refusal({ QueryLanguage: 'JSONata', States: DONE })).toContain('at /StartAt');
    expect(refusal({ QueryLanguage: 'JSONata', StartAt: 'Done' })).toContain('at /States');
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
    expect(refusal(machine({ One: { Type: 'Passs', End: true } }))).toContain("Unknown state type 'Passs'");
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

  it('does not assign the reserved variable', () => {
    expect(refusal(task({ Assign: { states: 1 } }))).toContain('InvalidDefinition');
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
    expect(refusal(task({ TimeoutSeconds: 10, HeartbeatSeconds: 10 }))).toContain('HeartbeatSeconds must be smaller');
    expect(refusal(task({ TimeoutSeconds: 'soon' }))).toContain('InvalidDefinition');
  });
});

describe('what is not emulated', () => {
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
