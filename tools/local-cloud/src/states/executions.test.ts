/** The operations on executions: names, pages, stopping; and what a kill leaves behind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { command, machine, MACHINE, START, World } from './given-states.ts';

const ASK = machine({ Ask: command('Ask', { End: true }) });
const listed = z.object({
  executions: z.array(z.object({ name: z.string(), status: z.string() })),
  nextToken: z.string().optional(),
});

describe('StartExecution', () => {
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
    for (const name of ['', 'a b', 'a/b', 'a:b', 'a*', 'x'.repeat(81), 'a\u0007']) {
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

describe('StopExecution', () => {
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

  it('changes nothing about an execution that has ended', async () => {
    const world = new World(ASK);
    const arn = await world.start();
    await world.succeed();
    await world.advance(5_000);
    expect(await world.call('StopExecution', { executionArn: arn })).toEqual({ stopDate: START / 1000 });
    expect((await world.describe(arn)).status).toBe('SUCCEEDED');
  });
});

describe('lists and histories', () => {
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

describe('after a kill', () => {
  const LONG = machine({
    Rest: { Type: 'Wait', Seconds: 60, Assign: { kept: 'yes' }, Next: 'Ask' },
    Ask: command('Ask', {
      TimeoutSeconds: 60,
      Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 30 }],
      Output: '{% $kept %}',
      End: true,
    }),
  });

  it('waits, time limits, retries and variables go on where they were', async () => {
    const world = new World(LONG);
    const arn = await world.start();
    await world.restart();
    await world.advance(60_000);
    expect(world.sent).toHaveLength(1);
    await world.restart();
    await world.advance(60_000);
    await world.restart();
    await world.advance(29_999);
    expect(world.sent).toHaveLength(1);
    await world.advance(1);
    expect(world.sent).toHaveLength(2);
    await world.restart();
    await world.succeed();
    expect((await world.describe(arn)).output).toBe('"yes"');
  });

  it('what fell due in the meantime is done at once', async () => {
    const world = new World(LONG);
    await world.start();
    await world.part.stop?.();
    await world.advance(3_600_000);
    await world.restart();
    expect(world.sent).toHaveLength(1);
  });

  it('a request that may not have gone out is sent again with the same token, one that has is not', async () => {
    const world = new World(ASK);
    world.putEvents = () => new Promise(() => undefined);
    await world.call('StartExecution', { stateMachineArn: MACHINE, name: 'order-1', input: '{"orderId":"o-1"}' });
    while (world.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const token = world.lastToken();

    world.putEvents = () => ({ FailedEntryCount: 0, Entries: [{ EventId: 'event' }] });
    await world.restart();
    expect(world.sent).toHaveLength(2);
    expect(world.lastToken()).toBe(token);
    await world.restart();
    expect(world.sent).toHaveLength(2);
  });

  it('an execution ends on the definition that it was started with', async () => {
    const world = new World(ASK);
    const arn = await world.start();
    await world.restart(machine({ Other: { Type: 'Fail', Error: 'Changed' } }));
    await world.succeed({ done: true });
    expect(await world.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"done":true}' });
    expect((await world.describe(await world.start({}, 'new'))).error).toBe('Changed');
  });

  it('state machines that were created, and not declared, are still there', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'states-'));
    const file = join(directory, 'cloud.sqlite');
    const world = new World(undefined, file);
    const definition = JSON.stringify(machine({ Done: { Type: 'Succeed' } }));
    await world.call('CreateStateMachine', { name: 'made', definition, roleArn: 'arn:aws:iam::000000000000:role/r' });
    await world.part.stop?.();
    world.database.close();
    const again = new World(ASK, file);
    expect(await again.call('ListStateMachines', {})).toMatchObject({
      stateMachines: [{ name: 'made' }, { name: 'saga' }],
    });
    again.database.close();
    rmSync(directory, { recursive: true });
  });
});
