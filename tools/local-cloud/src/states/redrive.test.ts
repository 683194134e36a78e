/** Redriving executions: where they go on, what they keep, and which of them cannot be redriven. */
import * as z from 'zod';
import { command, machine, MACHINE, START, World } from './given-states.ts';
import { redriveObstacle, type RedriveFacts } from './redrives.ts';

const DAY = 24 * 3_600_000;

const STEPS = machine({
  First: { Type: 'Pass', Assign: { kept: 'yes' }, Output: { from: 'first' }, Next: 'Ask' },
  Ask: command('Ask', {
    Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, MaxAttempts: 1 }],
    Catch: [{ ErrorEquals: ['Expected'], Next: 'Done' }],
    Next: 'Done',
  }),
  Done: { Type: 'Succeed', Output: { kept: '{% $kept %}', got: '{% $states.input %}' } },
});

const redriven = z.object({ redriveDate: z.number() });

async function redriveAs(world: World, executionArn: string, clientToken: string): Promise<number> {
  const answer = await world.call('RedriveExecution', { executionArn, clientToken });
  await world.idle();
  return redriven.parse(answer).redriveDate;
}

describe('RedriveExecution (https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html)', () => {
  it('goes on at the task that failed, with the variables, and ends as if it had never failed', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    await world.fail('Broken', 'because');
    await world.advance(60_000);
    expect(await world.call('RedriveExecution', { executionArn: arn })).toEqual({ redriveDate: START / 1000 + 60 });
    await world.idle();
    expect(world.sent).toHaveLength(2);
    const described = await world.describe(arn);
    expect(described).toMatchObject({ status: 'RUNNING', redriveCount: 1, redriveDate: START / 1000 + 60 });
    expect(described).toMatchObject({ startDate: START / 1000, error: undefined, cause: undefined });
    expect(described).not.toHaveProperty('stopDate');

    await world.succeed({ answer: 42 });
    expect(await world.describe(arn)).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"kept":"yes","got":{"answer":42}}',
      redriveCount: 1,
    });
    const list = await world.call('ListExecutions', { stateMachineArn: MACHINE });
    expect(list).toMatchObject({ executions: [{ redriveCount: 1, redriveDate: START / 1000 + 60 }] });
  });

  it('keeps the history and goes on in it: the task is scheduled again, its state is not entered again', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    await world.fail('Broken');
    await world.redrive(arn);
    await world.succeed();
    const { events } = await world.history(arn);
    expect(events.slice(8).map(({ id, type, previousEventId }) => [id, type, previousEventId])).toEqual([
      [9, 'ExecutionFailed', 8],
      [10, 'ExecutionRedriven', 9],
      [11, 'TaskScheduled', 10],
      [12, 'TaskStarted', 11],
      [13, 'TaskSubmitted', 12],
      [14, 'TaskSucceeded', 13],
      [15, 'TaskStateExited', 14],
      [16, 'SucceedStateEntered', 15],
      [17, 'SucceedStateExited', 16],
      [18, 'ExecutionSucceeded', 17],
    ]);
    expect(events[9]).toMatchObject({ executionRedrivenEventDetails: { redriveCount: 1 } });
  });

  it('gives the task a new token, and leaves the old one worthless', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    const taskToken = world.lastToken();
    await world.fail('Broken');
    await world.redrive(arn);
    expect(world.lastToken()).not.toBe(taskToken);
    expect(await world.refusal('SendTaskSuccess', { taskToken, output: '{}' })).toContain('TaskTimedOut');
  });

  it('gives the task all of its retries again', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    for (let time = 1; time <= 2; time++) {
      await world.fail('Busy');
      await world.advance(10_000);
      await world.fail('Busy');
      expect((await world.describe(arn)).status).toBe('FAILED');
      await world.redrive(arn);
    }
    const retries = world.sent.map(({ Detail: detail }) => (JSON.parse(detail) as { retry: number }).retry);
    expect(retries).toEqual([0, 1, 0, 1, 0]);
    expect(await world.describe(arn)).toMatchObject({ redriveCount: 2 });
  });

  it('shows itself in the context object', async () => {
    const world = new World(machine({ Ask: command('Ask', { Output: '{% $states.context.Execution %}', End: true }) }));
    const arn = await world.start();
    await world.fail('Broken');
    await world.advance(1_000);
    await world.redrive(arn);
    await world.succeed();
    expect(JSON.parse((await world.describe(arn)).output ?? '')).toMatchObject({
      RedriveCount: 1,
      RedriveTime: '2026-01-01T00:00:01.000Z',
      StartTime: '2026-01-01T00:00:00.000Z',
    });
  });

  it('schedules a task again whose arguments or output could not be evaluated', async () => {
    for (const field of ['Arguments', 'Output']) {
      const world = new World(machine({ Ask: command('Ask', { [field]: "{% $error('no') %}", End: true }) }));
      const arn = await world.start();
      if (field === 'Output') await world.succeed();
      expect((await world.describe(arn)).error).toBe('States.QueryEvaluationError');
      await world.redrive(arn);
      const types = await world.eventTypes(arn);
      expect(types.filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
      expect(types[types.indexOf('ExecutionRedriven') + 1]).toBe(
        field === 'Output' ? 'TaskScheduled' : 'EvaluationFailed',
      );
    }
  });

  it('enters a Fail state again, and fails again', async () => {
    const world = new World(machine({ No: { Type: 'Fail', Error: 'OnPurpose' } }));
    const arn = await world.start();
    await world.redrive(arn);
    expect((await world.eventTypes(arn)).slice(2)).toEqual([
      'ExecutionFailed',
      'ExecutionRedriven',
      'FailStateEntered',
      'ExecutionFailed',
    ]);
  });

  it('decides a Choice again', async () => {
    const world = new World(
      machine({
        Which: { Type: 'Choice', Choices: [{ Condition: '{% $millis() > 1767225600000 %}', Next: 'Done' }] },
        Done: { Type: 'Succeed' },
      }),
    );
    const arn = await world.start();
    expect((await world.describe(arn)).error).toBe('States.NoChoiceMatched');
    await world.advance(1);
    await world.redrive(arn);
    expect((await world.describe(arn)).status).toBe('SUCCEEDED');
  });

  it('leaves a wait at once whose moment has passed, and waits on otherwise', async () => {
    const rest = machine({ Rest: { Type: 'Wait', Timestamp: '2026-01-01T01:00:00Z', End: true } });
    for (const minutes of [30, 90]) {
      const world = new World(rest);
      const arn = await world.start();
      await world.call('StopExecution', { executionArn: arn });
      await world.advance(minutes * 60_000);
      await world.redrive(arn);
      expect((await world.describe(arn)).status).toBe(minutes > 60 ? 'SUCCEEDED' : 'RUNNING');
      await world.advance(30 * 60_000);
      expect((await world.describe(arn)).status).toBe('SUCCEEDED');
    }
  });

  it('counts the time limits of task and execution anew', async () => {
    const world = new World({
      QueryLanguage: 'JSONata',
      TimeoutSeconds: 100,
      StartAt: 'Ask',
      States: { Ask: command('Ask', { TimeoutSeconds: 80, End: true }) },
    });
    const arn = await world.start();
    await world.advance(80_000);
    expect((await world.describe(arn)).status).toBe('FAILED');
    await world.redrive(arn);
    await world.advance(79_999);
    expect((await world.describe(arn)).status).toBe('RUNNING');
    await world.advance(1);
    await world.redrive(arn);
    await world.advance(50_000);
    await world.call('StopExecution', { executionArn: arn });
    await world.redrive(arn);
    await world.succeed();
    expect(await world.describe(arn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 3 });
  });

  it('goes on with an execution that has timed out', async () => {
    const world = new World({
      QueryLanguage: 'JSONata',
      TimeoutSeconds: 60,
      StartAt: 'Ask',
      States: { Ask: command('Ask', { End: true }) },
    });
    const arn = await world.start();
    await world.advance(60_000);
    expect(await world.describe(arn)).toMatchObject({ status: 'TIMED_OUT', redriveStatus: 'REDRIVABLE' });
    await world.redrive(arn);
    await world.advance(59_999);
    await world.succeed();
    expect((await world.describe(arn)).status).toBe('SUCCEEDED');
  });

  it('uses the definition that the execution was started with, and survives a kill', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    await world.fail('Broken');
    await world.restart(machine({ Other: { Type: 'Fail' } }));
    await world.redrive(arn);
    await world.restart();
    expect(world.sent).toHaveLength(2);
    await world.succeed({});
    expect(await world.describe(arn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
  });

  it('answers a client token for a quarter of an hour as it did', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    await world.fail('Broken');
    expect(await redriveAs(world, arn, 'one')).toBe(START / 1000);
    await world.advance(15 * 60_000 - 1);
    expect(await redriveAs(world, arn, 'one')).toBe(START / 1000);
    expect(world.sent).toHaveLength(2);
    await world.advance(1);
    expect(await world.refusal('RedriveExecution', { executionArn: arn, clientToken: 'one' })).toContain(
      'ExecutionNotRedrivable',
    );
  });

  it('remembers the last ten client tokens', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    for (let time = 0; time < 11; time++) {
      await world.fail('Broken');
      await redriveAs(world, arn, `token-${time}`);
    }
    expect(await redriveAs(world, arn, 'token-1')).toBe(START / 1000);
    expect(await world.refusal('RedriveExecution', { executionArn: arn, clientToken: 'token-0' })).toContain(
      'ExecutionNotRedrivable',
    );
  });

  it('needs permission on the execution', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    await world.fail('Broken');
    await world.redrive(arn);
    expect(world.permissions.at(-1)).toMatchObject({ action: 'states:RedriveExecution', resource: arn });
  });

  it('refuses executions that run, have succeeded or are not there, and tokens that are none', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    expect(await world.refusal('RedriveExecution', { executionArn: arn })).toBe(
      "ExecutionNotRedrivable: Execution Not Redrivable: 'Execution is RUNNING and cannot be redriven'",
    );
    await world.fail('Expected');
    expect(await world.refusal('RedriveExecution', { executionArn: arn })).toContain('Execution is SUCCEEDED');
    expect(await world.describe(arn)).toMatchObject({
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
    expect(await world.refusal('RedriveExecution', { executionArn: `${arn}x` })).toContain('ExecutionDoesNotExist');
    expect(await world.refusal('RedriveExecution', { executionArn: 'order-1' })).toContain('InvalidArn');
    for (const clientToken of ['', ' ', 'x'.repeat(65)]) {
      expect(await world.refusal('RedriveExecution', { executionArn: arn, clientToken })).toContain(
        'ValidationException',
      );
    }
  });

  it('is for fourteen days after the end', async () => {
    const world = new World(STEPS);
    const arn = await world.start();
    await world.fail('Broken');
    await world.advance(14 * DAY);
    await world.redrive(arn);
    await world.fail('Broken');
    await world.advance(14 * DAY + 1);
    expect(await world.refusal('RedriveExecution', { executionArn: arn })).toContain(
      'Execution redrivable period exceeded',
    );
  });

  it('needs room among the running executions of the account, as a start does', async () => {
    const world = new World(STEPS, ':memory:', { mostRunning: 1 });
    const arn = await world.start();
    await world.fail('Broken');
    await world.start({ orderId: 'o-2' }, 'second');
    expect(await world.refusal('RedriveExecution', { executionArn: arn })).toContain('ExecutionLimitExceeded');
    expect(await world.refusal('StartExecution', { stateMachineArn: MACHINE })).toContain('ExecutionLimitExceeded');
    await world.succeed();
    await world.redrive(arn);
    expect(await world.describe(arn)).toMatchObject({ status: 'RUNNING', redriveCount: 1 });
  });
});

describe('what can be redriven (https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html#redrive-eligibility)', () => {
  const failed: RedriveFacts = { status: 'FAILED', startedAt: START, stoppedAt: START + DAY, lastEvent: 10 };

  it('is an execution with fewer than 24,999 events', () => {
    expect(redriveObstacle({ ...failed, lastEvent: 24_998 }, START + DAY)).toBeUndefined();
    expect(redriveObstacle({ ...failed, lastEvent: 24_999 }, START + DAY)).toBe(
      'Execution history event limit exceeded',
    );
  });

  it('is an execution of less than a year', () => {
    const late = { ...failed, stoppedAt: START + 364 * DAY };
    expect(redriveObstacle(late, START + 365 * DAY - 1)).toBeUndefined();
    expect(redriveObstacle(late, START + 365 * DAY)).toBe('Execution has exceeded the max execution time');
  });

  it('is an execution of which it is known where it stood', () => {
    expect(redriveObstacle({ ...failed, lastEvent: undefined }, START + DAY)).toContain('before the launch');
  });
});
