/** What a kill leaves behind: every execution goes on where it was. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, machine, MACHINE, World } from './given-states.ts';
import type { Json } from './json.ts';

const ASK = machine({ Ask: command('Ask', { End: true }) });

describe('after a kill (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-standard-express.html)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'states-'));
  const opened: World[] = [];
  afterAll(() => {
    for (const world of opened) world.database.close();
    rmSync(directory, { recursive: true });
  });

  /** A world on a file, which every restart opens anew. */
  function onDisk(definition?: Json): World {
    const world = new World(definition, join(directory, `${opened.length}.sqlite`));
    opened.push(world);
    return world;
  }

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
    const world = onDisk(LONG);
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

  it('an execution between two states enters the next one', async () => {
    const world = onDisk(ASK);
    await world.call('StartExecution', { stateMachineArn: MACHINE, name: 'order-1', input: '{"orderId":"o-1"}' });
    expect(world.sent).toHaveLength(0);
    await world.restart();
    expect(world.sent).toHaveLength(1);
    await world.succeed({ done: true });
    const arn = 'arn:aws:states:us-east-1:000000000000:execution:saga:order-1';
    expect((await world.describe(arn)).output).toBe('{"done":true}');
    expect((await world.eventTypes(arn)).filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
  });

  it('heartbeats, and the limit of the whole execution, are due when they were', async () => {
    const world = onDisk({
      QueryLanguage: 'JSONata',
      TimeoutSeconds: 100,
      StartAt: 'Ask',
      States: {
        Ask: command('Ask', {
          HeartbeatSeconds: 60,
          Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Rest' }],
          Next: 'Rest',
        }),
        Rest: { Type: 'Wait', Seconds: 1000, End: true },
      },
    });
    const arn = await world.start();
    await world.advance(59_999);
    await world.restart();
    expect((await world.eventTypes(arn)).at(-1)).toBe('TaskSubmitted');
    await world.advance(1);
    expect((await world.eventTypes(arn)).at(-1)).toBe('WaitStateEntered');
    await world.restart();
    await world.advance(40_000);
    expect((await world.describe(arn)).status).toBe('TIMED_OUT');
  });

  it('names and histories are still known', async () => {
    const world = onDisk(ASK);
    const arn = await world.start();
    await world.succeed();
    const before = await world.history(arn);
    await world.restart();
    expect(await world.history(arn)).toEqual(before);
    const again = { stateMachineArn: MACHINE, name: 'order-1', input: '{"orderId":"o-1"}' };
    expect(await world.refusal('StartExecution', again)).toContain('ExecutionAlreadyExists');
  });

  it('what fell due in the meantime is done at once', async () => {
    const world = onDisk(LONG);
    await world.start();
    await world.part.stop?.();
    await world.advance(3_600_000);
    await world.restart();
    expect(world.sent).toHaveLength(1);
  });

  it('a request that may not have gone out is sent again with the same token, one that has is not', async () => {
    const world = onDisk(ASK);
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
    const world = onDisk(ASK);
    const arn = await world.start();
    await world.restart(machine({ Other: { Type: 'Fail', Error: 'Changed' } }));
    await world.succeed({ done: true });
    expect(await world.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"done":true}' });
    expect((await world.describe(await world.start({}, 'new'))).error).toBe('Changed');
  });

  it('state machines that were created, and not declared, are still there', async () => {
    const world = onDisk();
    const definition = JSON.stringify(machine({ Done: { Type: 'Succeed' } }));
    await world.call('CreateStateMachine', { name: 'made', definition, roleArn: 'arn:aws:iam::000000000000:role/r' });
    await world.restart(ASK);
    expect(await world.call('ListStateMachines', {})).toMatchObject({
      stateMachines: [{ name: 'made' }, { name: 'saga' }],
    });
  });
});
