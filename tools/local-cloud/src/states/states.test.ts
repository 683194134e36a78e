/** What each state does with its data, and how evaluating it can fail. */
import { command, machine, MACHINE, ROLE, World } from './given-states.ts';

const SUCCEED = { Type: 'Succeed' };

describe('variables (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html)', () => {
  it('take effect in the next state; Output and Assign see them as they were on entry', async () => {
    const world = new World();
    const { output } = await world.run(
      machine({
        First: { Type: 'Pass', Assign: { n: 1 }, Next: 'Second' },
        Second: { Type: 'Pass', Assign: { n: '{% $n + 1 %}', m: '{% $n %}' }, Output: '{% $n %}', Next: 'Third' },
        Third: { Type: 'Succeed', Output: { n: '{% $n %}', m: '{% $m %}', before: '{% $states.input %}' } },
      }),
    );
    expect(JSON.parse(output ?? '')).toEqual({ n: 2, m: 1, before: 1 });
  });

  it('are not assigned by a task that its catcher takes elsewhere', async () => {
    const world = new World(
      machine({
        Before: { Type: 'Pass', Assign: { who: 'before' }, Next: 'Ask' },
        Ask: command('Ask', {
          Assign: { who: 'task' },
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }],
          Next: 'After',
        }),
        After: { Type: 'Succeed', Output: '{% $who %}' },
      }),
    );
    const arn = await world.start();
    await world.fail('No');
    expect((await world.describe(arn)).output).toBe('"before"');
  });
});

describe('the context object (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html)', () => {
  it('tells execution, state and state machine', async () => {
    const world = new World(machine({ Show: { Type: 'Pass', Output: '{% $states.context %}', End: true } }));
    const arn = await world.start({ a: 1 }, 'by-name');
    expect(JSON.parse((await world.describe(arn)).output ?? '')).toEqual({
      Execution: {
        Id: arn,
        Name: 'by-name',
        Input: { a: 1 },
        RoleArn: ROLE,
        StartTime: '2026-01-01T00:00:00.000Z',
        RedriveCount: 0,
      },
      State: { Name: 'Show', EnteredTime: '2026-01-01T00:00:00.000Z' },
      StateMachine: { Id: MACHINE, Name: 'saga' },
    });
  });
});

describe('what an expression sees (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html)', () => {
  it('is the input in every field, the result in Output and Assign, the error in those of a catcher', async () => {
    const all = '{% $keys($states) %}';
    const world = new World(
      machine({
        Ask: command('Ask', {
          Assign: { inAssign: all },
          Output: { inOutput: all },
          Catch: [{ ErrorEquals: ['No'], Assign: { inCatch: all }, Output: all, Next: 'Show' }],
          Next: 'Show',
        }),
        Show: { Type: 'Pass', Output: { before: '{% $states.input %}', inPass: all }, Assign: { x: 1 }, Next: 'End' },
        End: { Type: 'Succeed', Output: '{% $merge([$states.input, {"assigned": $inAssign, "caught": $inCatch}]) %}' },
      }),
    );
    const succeeded = await world.start({ orderId: 'o' }, 'succeeded');
    await world.succeed();
    const failed = await world.start({ orderId: 'o' }, 'failed');
    await world.fail('No');
    expect(JSON.parse((await world.describe(succeeded)).output ?? '')).toEqual({
      before: { inOutput: ['input', 'context', 'result'] },
      inPass: ['input', 'context'],
      assigned: ['input', 'context', 'result'],
    });
    expect(JSON.parse((await world.describe(failed)).output ?? '')).toEqual({
      before: ['input', 'context', 'errorOutput'],
      inPass: ['input', 'context'],
      caught: ['input', 'context', 'errorOutput'],
    });
  });

  it('is always the input of the state, and its token and retry count in a task', async () => {
    const world = new World(
      machine({
        Ask: command('Ask', {
          Output: { input: '{% $states.input %}', retries: '{% $states.context.State.RetryCount %}' },
          Retry: [{ ErrorEquals: ['Busy'] }],
          End: true,
        }),
      }),
    );
    const arn = await world.start({ orderId: 'o' });
    await world.fail('Busy');
    await world.advance(1_000);
    await world.succeed({ other: 1 });
    expect(JSON.parse((await world.describe(arn)).output ?? '')).toEqual({ input: { orderId: 'o' }, retries: 1 });
  });

  it('is the output where a task has none of its own: the result, or the error that was caught', async () => {
    const world = new World(
      machine({
        Ask: command('Ask', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }], Next: 'Done' }),
        Done: { Type: 'Succeed' },
      }),
    );
    const succeeded = await world.start({ orderId: 'o' }, 'succeeded');
    await world.succeed({ a: 1 });
    expect((await world.describe(succeeded)).output).toBe('{"a":1}');
    const failed = await world.start({ orderId: 'o' }, 'failed');
    await world.fail('No', 'because');
    expect((await world.describe(failed)).output).toBe('{"Error":"No","Cause":"because"}');
  });
});

describe('an expression (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html)', () => {
  it('that returns nothing fails with States.QueryEvaluationError and says where', async () => {
    const world = new World(
      machine({ Look: { Type: 'Pass', Output: { deep: ['{% $states.input.missing %}'] }, End: true } }),
    );
    const arn = await world.start({});
    expect(await world.describe(arn)).toMatchObject({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
      cause:
        "An error occurred while executing the state 'Look' (entered at the event id #2). The JSONata expression " +
        "'$states.input.missing' specified for the field 'Output/deep[0]' returned nothing (undefined).",
    });
    const { events } = await world.history(arn);
    expect(events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'EvaluationFailed',
      'ExecutionFailed',
    ]);
    expect(events[2]?.['evaluationFailedEventDetails']).toMatchObject({ state: 'Look', location: 'Output/deep[0]' });
  });

  it('that throws in a task can be caught', async () => {
    const world = new World(
      machine({
        Ask: command('Ask', {
          Output: '{% $states.result.a + 1 %}',
          Catch: [
            { ErrorEquals: ['States.QueryEvaluationError'], Output: '{% $states.errorOutput %}', Next: 'Caught' },
          ],
          End: true,
        }),
        Caught: SUCCEED,
      }),
    );
    const arn = await world.start();
    await world.succeed({ a: 'text' });
    const caught = JSON.parse((await world.describe(arn)).output ?? '{}') as { Error: string; Cause: string };
    expect(caught.Error).toBe('States.QueryEvaluationError');
    expect(caught.Cause).toContain("specified for the field 'Output' threw an error during evaluation. T2001");
  });

  it('must give a limit the type that it takes', async () => {
    const world = new World();
    const { error } = await world.run(machine({ Ask: command('Ask', { TimeoutSeconds: "{% 'soon' %}", End: true }) }), {
      orderId: 'o',
    });
    expect(error).toBe('States.QueryEvaluationError');
  });

  it('must give a limit at least one second', async () => {
    for (const [field, seconds] of [
      ['TimeoutSeconds', 0],
      ['TimeoutSeconds', -1],
      ['TimeoutSeconds', 100_000_000],
      ['HeartbeatSeconds', 0],
      ['HeartbeatSeconds', 1.5],
    ] as const) {
      const asking = machine({ Ask: command('Ask', { [field]: '{% $states.input.n %}', End: true }) });
      const { error, cause } = await new World().run(asking, { orderId: 'o', n: seconds });
      expect(error).toBe('States.QueryEvaluationError');
      expect(cause).toContain(`The field '${field}' takes a whole number of seconds, but got ${seconds}.`);
    }
  });

  it('that never ends fails, and harms no other execution', async () => {
    const endless = '{% ($f := function($n) { 1 + $f($n + 1) }; $f(1)) %}';
    const world = new World(machine({ Loop: { Type: 'Pass', Output: endless, End: true } }));
    expect(await world.describe(await world.start())).toMatchObject({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
    });
    expect((await world.run(machine({ Done: { Type: 'Succeed' } }))).status).toBe('SUCCEEDED');
  });

  it('has the functions that Step Functions adds, and no $eval', async () => {
    const world = new World();
    const { output } = await world.run(
      machine({
        Use: {
          Type: 'Pass',
          Output: {
            parsed: `{% $parse('{"a":[1]}').a %}`,
            parts: '{% $partition([1,2,3,4,5], 2) %}',
            range: '{% $range(1, 9, 4) %}',
            hash: "{% $hash('abc', 'SHA-256') %}",
            uuid: '{% $length($uuid()) %}',
            random: '{% $random() < 1 %}',
            seeded: '{% $random(42) = $random(42) %}',
            now: '{% $now() %}',
            year: "{% $now('[Y]') %}",
            millis: '{% $millis() %}',
          },
          End: true,
        },
      }),
    );
    expect(JSON.parse(output ?? '')).toEqual({
      parsed: [1],
      parts: [[1, 2], [3, 4], [5]],
      range: [1, 5, 9],
      hash: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      uuid: 36,
      random: true,
      seeded: true,
      now: '2026-01-01T00:00:00.000Z',
      year: '2026',
      millis: Date.UTC(2026, 0, 1),
    });
    const evaluated = await world.run(machine({ Use: { Type: 'Pass', Output: "{% $eval('1') %}", End: true } }));
    expect(evaluated.error).toBe('States.QueryEvaluationError');
  });
});

describe('a Choice state (https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html)', () => {
  const choice = machine({
    Which: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Assign: { size: 'big' }, Output: 'rule', Next: 'End' },
        { Condition: '{% $states.input.n > 5 %}', Next: 'End' },
      ],
      Default: 'Small',
    },
    Small: { Type: 'Fail', Error: 'TooSmall', Cause: "{% 'n is ' & $string($states.input.n) %}" },
    End: { Type: 'Succeed', Output: '{% [$states.input, $exists($size)] %}' },
  });

  it('takes the first rule whose condition is true, with what the rule assigns and outputs', async () => {
    expect((await new World().run(choice, { n: 11 })).output).toBe('["rule",true]');
    expect((await new World().run(choice, { n: 6 })).output).toBe('[{"n":6},false]');
  });

  it('takes its default otherwise', async () => {
    expect(await new World().run(choice, { n: 1 })).toMatchObject({
      status: 'FAILED',
      error: 'TooSmall',
      cause: 'n is 1',
    });
  });

  it('fails with States.NoChoiceMatched where it has none', async () => {
    const { error } = await new World().run(
      machine({ Which: { Type: 'Choice', Choices: [{ Condition: false, Next: 'End' }] }, End: SUCCEED }),
    );
    expect(error).toBe('States.NoChoiceMatched');
  });
});

describe('a Wait state (https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html)', () => {
  it('waits for seconds or until a time', async () => {
    const world = new World(
      machine({
        Rest: { Type: 'Wait', Seconds: '{% $states.input.rest %}', Next: 'Until' },
        Until: { Type: 'Wait', Timestamp: '2026-01-01T01:00:00Z', Next: 'Past' },
        Past: { Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', End: true },
      }),
    );
    const arn = await world.start({ rest: 90 });
    await world.advance(89_999);
    expect((await world.eventTypes(arn)).at(-1)).toBe('WaitStateEntered');
    await world.advance(1);
    expect((await world.eventTypes(arn)).slice(-2)).toEqual(['WaitStateExited', 'WaitStateEntered']);
    await world.advance(3_600_000 - 90_000);
    expect((await world.describe(arn)).status).toBe('SUCCEEDED');
  });

  it('says where its output could not be evaluated, whether it waited or not', async () => {
    for (const Seconds of [0, 60]) {
      const world = new World(machine({ Rest: { Type: 'Wait', Seconds, Output: "{% $error('no') %}", End: true } }));
      const arn = await world.start();
      await world.advance(60_000);
      expect((await world.eventTypes(arn)).slice(-2)).toEqual(['EvaluationFailed', 'ExecutionFailed']);
      expect((await world.describe(arn)).cause).toMatch(/^An error occurred while executing the state 'Rest'/);
    }
  });
});

describe('a history (https://docs.aws.amazon.com/step-functions/latest/dg/bp-history-limit.html)', () => {
  it('ends an execution that would need more than 25,000 events', async () => {
    const world = new World();
    const { status, error } = await world.run(
      machine({ One: { Type: 'Pass', Next: 'Two' }, Two: { Type: 'Pass', Next: 'One' } }),
    );
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Runtime' });
    const arn = world.permissions.at(-1)?.resource ?? '';
    const { events } = await world.history(arn, { reverseOrder: true, maxResults: 1 });
    expect(events[0]).toMatchObject({ id: 25_000, type: 'ExecutionFailed' });
  });
});
