/** The operations on executions: names, payloads, pages, stopping. */
import * as z from 'zod';
import { command, machine, MACHINE, ROLE, START, World } from './given-states.ts';

const ASK = machine({ Ask: command('Ask', { End: true }) });
const listed = z.object({
  executions: z.array(z.object({ name: z.string(), status: z.string() })),
  nextToken: z.string().optional(),
});

describe('StartExecution (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html)', () => {
  it('answers the same call again while the execution runs', async () => {
    const world = new World(ASK);
    const call = { stateMachineArn: MACHINE, name: 'order-1', input: '{"orderId":"o-1"}' };
    const first = await world.call('StartExecution', call);
    await world.advance(1_000);
    expect(await world.call('StartExecution', call)).toEqual(first);
    expect(first).toEqual({
      executionArn: 'arn:aws:states:us-east-1:000000000000:execution:saga:order-1',
      startDate: START / 1000,
    });
    expect(world.sent).toHaveLength(1);
  });

  it('refuses the name with another input, and once the execution has closed', async () => {
    const world = new World(ASK);
    await world.start({ orderId: 'o-1' });
    const again = { stateMachineArn: MACHINE, name: 'order-1' };
    expect(await world.refusal('StartExecution', { ...again, input: '{"orderId":"o-2"}' })).toContain(
      'ExecutionAlreadyExists',
    );
    await world.succeed();
    expect(await world.refusal('StartExecution', { ...again, input: '{"orderId":"o-1"}' })).toBe(
      "ExecutionAlreadyExists: Execution Already Exists: 'arn:aws:states:us-east-1:000000000000:execution:saga:order-1'",
    );
  });

  it('takes the name again ninety days after the execution has closed', async () => {
    const world = new World(ASK);
    await world.start();
    await world.succeed();
    await world.advance(90 * 24 * 3_600_000);
    await world.start({ orderId: 'o-2' });
    expect(world.sent).toHaveLength(2);
  });

  it('refuses names that AWS refuses, inputs that are no JSON, and state machines that are not there', async () => {
    const world = new World(ASK);
    for (const name of ['x'.repeat(80), 'ä-_.=+()!@', 'ok']) {
      expect(await world.call('StartExecution', { stateMachineArn: MACHINE, name, input: '{}' })).toMatchObject({
        startDate: START / 1000,
      });
    }
    const forbidden = [...' <>{}[]?*"#%\\^|~`$&,;:/\t\n\u0000\u001f\u007f\u009f\uffff'].map(
      (character) => `a${character}b`,
    );
    for (const name of ['', 'x'.repeat(81), '\ud800', ...forbidden]) {
      expect(await world.refusal('StartExecution', { stateMachineArn: MACHINE, name })).toContain('InvalidName');
    }
    expect(await world.refusal('StartExecution', { stateMachineArn: MACHINE, input: '{no' })).toContain(
      'InvalidExecutionInput',
    );
    expect(await world.refusal('StartExecution', { stateMachineArn: `${MACHINE}x` })).toBe(
      `StateMachineDoesNotExist: State Machine Does Not Exist: '${MACHINE}x'`,
    );
    expect(await world.refusal('StartExecution', { stateMachineArn: 'saga' })).toContain('InvalidArn');
    expect(await world.refusal('StartExecution', { stateMachineArn: MACHINE, traceHeader: 't' })).toContain(
      'NotImplemented',
    );
  });

  it('asks for permission on the state machine, and reading an execution on the execution', async () => {
    const world = new World(ASK);
    const arn = await world.start();
    await world.describe(arn);
    await world.history(arn);
    await world.succeed();
    expect(world.permissions.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      `states:StartExecution ${MACHINE}`,
      `states:DescribeExecution ${arn}`,
      `states:GetExecutionHistory ${arn}`,
      'states:SendTaskSuccess *',
    ]);
  });
});

describe('the longest time that an execution may take (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)', () => {
  it('is a year, whatever it waits for', async () => {
    const world = new World(ASK);
    const arn = await world.start();
    await world.advance(365 * 24 * 3_600_000 - 1);
    expect((await world.describe(arn)).status).toBe('RUNNING');
    await world.advance(1);
    expect(await world.describe(arn)).toMatchObject({ status: 'TIMED_OUT', redriveStatus: 'NOT_REDRIVABLE' });
  });
});

describe('payloads (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html#StepFunctions-StartExecution-request-input)', () => {
  it('have 262,144 bytes of UTF-8 and no more', async () => {
    const world = new World(machine({ Done: { Type: 'Succeed' } }));
    const start = (name: string, text: string): Promise<unknown> =>
      world.call('StartExecution', { stateMachineArn: MACHINE, name, input: JSON.stringify(text) });
    await start('letters', 'x'.repeat(262_142));
    await start('umlauts', 'ü'.repeat(131_071));
    await expect(start('too-long', 'x'.repeat(262_143))).rejects.toThrow('less than or equal to 262144');
    await expect(start('too-many-bytes', 'ü'.repeat(131_072))).rejects.toThrow('less than or equal to 262144');
    await world.idle();
    const list = await world.call('ListExecutions', { stateMachineArn: MACHINE, statusFilter: 'SUCCEEDED' });
    expect(list).toMatchObject({ executions: [{ name: 'umlauts' }, { name: 'letters' }] });
  });
});

describe('StopExecution (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html)', () => {
  it('ends an execution at once, with its reason, and leaves its token worthless', async () => {
    const world = new World(ASK);
    const arn = await world.start();
    const stopped = await world.call('StopExecution', { executionArn: arn, error: 'Operator', cause: 'enough' });
    expect(stopped).toEqual({ stopDate: START / 1000 });
    expect(await world.describe(arn)).toMatchObject({ status: 'ABORTED', error: 'Operator', cause: 'enough' });
    const { events } = await world.history(arn);
    expect(events.at(-1)).toMatchObject({ type: 'ExecutionAborted', previousEventId: 0 });
    expect(await world.refusal('SendTaskSuccess', { taskToken: world.lastToken(), output: '{}' })).toContain(
      'TaskTimedOut',
    );
  });

  it('takes an error of 256 characters and a cause of 32,768, and no more', async () => {
    const world = new World(ASK);
    const executionArn = await world.start();
    const long = { error: 'e'.repeat(256), cause: 'c'.repeat(32_768) };
    for (const field of ['error', 'cause'] as const) {
      expect(await world.refusal('StopExecution', { executionArn, [field]: `${long[field]}x` })).toContain(
        'ValidationException',
      );
    }
    await world.call('StopExecution', { executionArn, ...long });
    expect(await world.describe(executionArn)).toMatchObject({ status: 'ABORTED', ...long });
  });

  it('refuses an execution that is not there', async () => {
    const world = new World(ASK);
    const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:saga:none';
    for (const name of [
      'StopExecution',
      'DescribeExecution',
      'GetExecutionHistory',
      'DescribeStateMachineForExecution',
    ]) {
      expect(await world.refusal(name, { executionArn })).toBe(
        `ExecutionDoesNotExist: Execution Does Not Exist: '${executionArn}'`,
      );
      expect(await world.refusal(name, { executionArn: 'none' })).toBe(
        "InvalidArn: Invalid Arn: 'Invalid ARN prefix: none'",
      );
    }
  });

  it('changes nothing about an execution that has ended', async () => {
    const world = new World(ASK);
    const arn = await world.start();
    await world.succeed();
    await world.advance(5_000);
    expect(await world.call('StopExecution', { executionArn: arn })).toEqual({ stopDate: START / 1000 });
    expect((await world.describe(arn)).status).toBe('SUCCEEDED');
  });
});

describe('lists and histories (https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html)', () => {
  it('come in pages, the newest execution first, by status if asked', async () => {
    const world = new World(ASK);
    for (const name of ['a', 'b', 'c']) await world.start({ orderId: name }, name);
    await world.succeed();
    const list = async (options: Record<string, string | number>): Promise<z.infer<typeof listed>> =>
      listed.parse(await world.call('ListExecutions', { stateMachineArn: MACHINE, ...options }));
    const first = await list({ maxResults: 2 });
    expect(first.executions.map(({ name }) => name)).toEqual(['c', 'b']);
    const second = await list({ maxResults: 2, nextToken: first.nextToken ?? '' });
    expect(second).toEqual({ executions: [expect.objectContaining({ name: 'a' })], nextToken: undefined });
    expect((await list({ statusFilter: 'RUNNING' })).executions.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(await world.refusal('ListExecutions', { stateMachineArn: MACHINE, nextToken: '!' })).toContain(
      'InvalidToken',
    );
  });

  it('have no filters that are for Map Runs', async () => {
    const world = new World(ASK);
    const filtered = (filter: Record<string, string>): Promise<string> =>
      world.refusal('ListExecutions', { stateMachineArn: MACHINE, ...filter });
    expect(await filtered({ statusFilter: 'PENDING_REDRIVE' })).toContain('ValidationException');
    expect(await filtered({ redriveFilter: 'REDRIVEN' })).toContain('ValidationException');
    expect(await filtered({ statusFilter: 'succeeded' })).toContain('ValidationException');
    expect(await filtered({ mapRunArn: 'arn:aws:states:us-east-1:000000000000:mapRun:a' })).toContain('NotImplemented');
    expect(await filtered({ stateMachineArn: `${MACHINE}x` })).toContain('StateMachineDoesNotExist');
  });

  it('come a thousand to a page at most, and a hundred where nothing is said', async () => {
    const world = new World(machine({ One: { Type: 'Pass', Next: 'Two' }, Two: { Type: 'Pass', Next: 'One' } }));
    const executionArn = await world.start();
    const sizes = async (maxResults: number): Promise<number> =>
      (await world.history(executionArn, { maxResults })).events.length;
    expect(await sizes(0)).toBe(100);
    expect(await sizes(1000)).toBe(1000);
    expect(await world.refusal('GetExecutionHistory', { executionArn, maxResults: 1001 })).toContain(
      'ValidationException',
    );
  });

  it('have every event once, whatever the size of the pages and the direction', async () => {
    const world = new World(machine({ One: { Type: 'Pass', Next: 'Ask' }, Ask: command('Ask', { End: true }) }));
    const arn = await world.start();
    await world.succeed();
    for (const maxResults of [1, 2, 3, 7]) {
      for (const reverseOrder of [false, true]) {
        const ids: number[] = [];
        let options: Readonly<Record<string, string | number | boolean>> | undefined = { maxResults, reverseOrder };
        while (options !== undefined) {
          const { events, nextToken } = await world.history(arn, options);
          ids.push(...events.map(({ id }) => id));
          options = nextToken === undefined ? undefined : { maxResults, reverseOrder, nextToken };
        }
        const all = Array.from({ length: 10 }, (_, index) => index + 1);
        expect(ids).toEqual(reverseOrder ? all.reverse() : all);
      }
    }
  });

  it('are read backwards, page by page, and without data where asked', async () => {
    const world = new World(ASK);
    const arn = await world.start();
    const page = await world.history(arn, { maxResults: 2, reverseOrder: true, includeExecutionData: false });
    expect(page.events.map(({ id }) => id)).toEqual([5, 4]);
    expect(page.events[0]).toMatchObject({ taskSubmittedEventDetails: { resourceType: 'events' } });
    expect(page.events[0]?.['taskSubmittedEventDetails']).not.toHaveProperty('output');
    const rest = await world.history(arn, { reverseOrder: true, nextToken: page.nextToken ?? '' });
    expect(rest.events.map(({ id }) => id)).toEqual([3, 2, 1]);
  });
});

describe('DescribeStateMachineForExecution (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html)', () => {
  it('answers the definition that the execution was started with', async () => {
    const world = new World(ASK);
    const executionArn = await world.start();
    await world.advance(1_000);
    const changed = machine({ Done: { Type: 'Succeed' } });
    world.declare(changed);
    expect(await world.call('DescribeStateMachineForExecution', { executionArn })).toMatchObject({
      stateMachineArn: MACHINE,
      name: 'saga',
      definition: JSON.stringify(ASK),
      roleArn: ROLE,
      updateDate: START / 1000,
    });
    const second = await world.start({}, 'second');
    expect(await world.call('DescribeStateMachineForExecution', { executionArn: second })).toMatchObject({
      definition: JSON.stringify(changed),
      updateDate: START / 1000 + 1,
    });
  });
});
