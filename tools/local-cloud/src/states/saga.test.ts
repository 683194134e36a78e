/** A saga of awaited commands: its steps, its retries, its way back. */
import { command, machine, MACHINE, ROLE, START, World } from './given-states.ts';

const SAGA = machine({
  Reserve: command('ReserveInventory', {
    Assign: { reservation: '{% $states.result.reservation %}' },
    TimeoutSeconds: 60,
    Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 3 }],
    Catch: [
      { ErrorEquals: ['InventoryRejected'], Assign: { reason: '{% $states.errorOutput %}' }, Next: 'FailOrder' },
      { ErrorEquals: ['States.ALL'], Next: 'Release' },
    ],
    Next: 'Pay',
  }),
  Pay: command('ProcessPayment', {
    Output: { paid: '{% $states.result.amount %}', from: '{% $reservation %}' },
    Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput.Error %}', Next: 'Release' }],
    End: true,
  }),
  Release: command('ReleaseInventory', {
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Attention' }],
    Next: 'FailOrder',
  }),
  Attention: command('SagaNeedsAttention', { Catch: [{ ErrorEquals: ['Retry'], Next: 'Release' }], Next: 'FailOrder' }),
  FailOrder: command('FailOrder', { End: true }),
});

function commands(world: World): string[] {
  return world.sent.map(({ DetailType: type }) => type);
}

describe('a saga in which everything succeeds (https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token)', () => {
  it('sends each command once the one before it was answered, and ends with the last output', async () => {
    const world = new World(SAGA);
    const arn = await world.start({ orderId: 'o-1' });
    expect(commands(world)).toEqual(['ReserveInventory']);
    await world.succeed({ reservation: 'r-1' });
    expect(commands(world)).toEqual(['ReserveInventory', 'ProcessPayment']);
    await world.succeed({ amount: 129999 });

    const described = await world.describe(arn);
    expect(described.status).toBe('SUCCEEDED');
    expect(JSON.parse(described.output ?? '')).toEqual({ paid: 129999, from: 'r-1' });
  });

  it('publishes as the state machine role, with the machine and the execution among the resources, the detail as text', async () => {
    const world = new World(SAGA);
    const arn = await world.start({ orderId: 'o-1' });
    expect(world.callers).toEqual([{ type: 'role', arn: ROLE }]);
    expect(world.sent[0]?.Resources).toEqual([MACHINE, arn]);
    expect(JSON.parse(world.sent[0]?.Detail ?? '')).toEqual({ token: world.lastToken(), retry: 0, orderId: 'o-1' });
  });

  it('writes the history that AWS writes', async () => {
    const world = new World(SAGA);
    const arn = await world.start({ orderId: 'o-1' });
    await world.advance(500);
    await world.succeed({ reservation: 'r-1' });
    await world.succeed({ amount: 1 });
    const { events } = await world.history(arn);
    const step = [
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
    ];
    expect(events.map(({ type }) => type)).toEqual(['ExecutionStarted', ...step, ...step, 'ExecutionSucceeded']);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(({ previousEventId }) => previousEventId)).toEqual([
      0, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    ]);
    expect(events[0]).toEqual({
      id: 1,
      previousEventId: 0,
      timestamp: START / 1000,
      type: 'ExecutionStarted',
      executionStartedEventDetails: { input: '{"orderId":"o-1"}', inputDetails: { truncated: false }, roleArn: ROLE },
    });
    expect(events[2]).toMatchObject({
      type: 'TaskScheduled',
      taskScheduledEventDetails: {
        resource: 'putEvents.waitForTaskToken',
        resourceType: 'events',
        region: 'us-east-1',
        timeoutInSeconds: 60,
      },
    });
    expect(events[6]).toEqual({
      id: 7,
      previousEventId: 6,
      timestamp: START / 1000 + 0.5,
      type: 'TaskStateExited',
      stateExitedEventDetails: {
        name: 'Reserve',
        output: '{"reservation":"r-1"}',
        outputDetails: { truncated: false },
        assignedVariables: { reservation: '"r-1"' },
        assignedVariablesDetails: { truncated: false },
      },
    });
  });
});

describe('a step that times out (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html)', () => {
  it('is retried with backoff, a new token and a higher retry count each time', async () => {
    const world = new World(SAGA);
    const arn = await world.start({ orderId: 'o-1' });
    const tokens = [world.lastToken()];
    await world.advance(60_000);
    await world.advance(1_999);
    expect(world.sent).toHaveLength(1);
    await world.advance(1);
    expect(world.sent).toHaveLength(2);
    tokens.push(world.lastToken());
    await world.advance(60_000 + 6_000);
    expect(world.sent).toHaveLength(3);
    tokens.push(world.lastToken());

    expect(new Set(tokens).size).toBe(3);
    expect(
      world.sent.map(({ Detail: detail }) => JSON.parse(detail)).map(({ retry }: { retry: number }) => retry),
    ).toEqual([0, 1, 2]);
    await world.succeed({ reservation: 'late' });
    expect((await world.eventTypes(arn)).slice(1, 10)).toEqual([
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskTimedOut',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskTimedOut',
    ]);
  });

  it('goes to its undo when its retries are used up', async () => {
    const world = new World(SAGA);
    await world.start({ orderId: 'o-1' });
    await world.advance(60_000 + 2_000 + 60_000 + 6_000 + 60_000);
    expect(commands(world)).toEqual(['ReserveInventory', 'ReserveInventory', 'ReserveInventory', 'ReleaseInventory']);
  });

  it('does not take the answer that comes too late', async () => {
    const world = new World(SAGA);
    await world.start();
    const token = world.lastToken();
    await world.advance(60_000);
    expect(await world.refusal('SendTaskSuccess', { taskToken: token, output: '{}' })).toBe(
      "TaskTimedOut: Task Timed Out: 'Provided task does not exist anymore'",
    );
  });
});

describe('a step that is refused (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html)', () => {
  it('goes where the catcher of that error leads, with what the catcher assigns', async () => {
    const world = new World(SAGA);
    const arn = await world.start();
    await world.fail('InventoryRejected', '{"code":"out-of-stock"}');
    expect(commands(world)).toEqual(['ReserveInventory', 'FailOrder']);
    const exited = (await world.history(arn)).events.find(({ type }) => type === 'TaskStateExited');
    const errorOutput = { Error: 'InventoryRejected', Cause: '{"code":"out-of-stock"}' };
    expect(exited?.['stateExitedEventDetails']).toMatchObject({
      output: JSON.stringify(errorOutput),
      assignedVariables: { reason: JSON.stringify(errorOutput) },
    });
  });

  it('goes back through the undo chain', async () => {
    const world = new World(SAGA);
    const arn = await world.start();
    await world.succeed({ reservation: 'r-1' });
    await world.fail('PaymentDeclined');
    await world.succeed();
    await world.succeed({ failed: true });
    expect(commands(world)).toEqual(['ReserveInventory', 'ProcessPayment', 'ReleaseInventory', 'FailOrder']);
    const entered = (await world.history(arn)).events.filter(({ type }) => type === 'TaskStateEntered')[2];
    expect(entered?.['stateEnteredEventDetails']).toMatchObject({ name: 'Release', input: '"PaymentDeclined"' });
    expect(await world.describe(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"failed":true}' });
  });

  it('can be led back by an operator from where the saga is parked', async () => {
    const world = new World(SAGA);
    await world.start();
    await world.succeed({ reservation: 'r-1' });
    await world.fail('PaymentDeclined');
    await world.fail('Stuck');
    await world.advance(364 * 24 * 3_600_000);
    await world.fail('Retry');
    await world.succeed();
    await world.succeed();
    expect(commands(world).slice(2)).toEqual([
      'ReleaseInventory',
      'SagaNeedsAttention',
      'ReleaseInventory',
      'FailOrder',
    ]);
  });
});

describe('a bus that does not take the message (https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html)', () => {
  const once = machine({ Publish: command('Something', { End: true }) });

  it('fails the task as EventBridge.FailedEntry with the answer as its cause', async () => {
    const world = new World(once);
    const answer = { Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'no' }], FailedEntryCount: 1 };
    world.putEvents = () => answer;
    const arn = await world.start();
    expect(await world.describe(arn)).toMatchObject({
      status: 'FAILED',
      error: 'EventBridge.FailedEntry',
      cause: JSON.stringify(answer),
    });
    expect(await world.eventTypes(arn)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitFailed',
      'ExecutionFailed',
    ]);
    expect(world.reports[0]).toContain('EventBridge.FailedEntry');
  });

  it('fails the task under the common name of the service for an error that PutEvents does not declare', async () => {
    const world = new World(once);
    world.faults.inject({
      at: 'events.PutEvents',
      effect: 'error',
      error: { code: 'AccessDeniedException', message: 'not authorized to perform: events:PutEvents', status: 400 },
      times: 1,
    });
    const described = await world.describe(await world.start());
    expect(described.error).toBe('EventBridge.AmazonEventBridgeException');
    expect(described.cause).toContain('not authorized to perform: events:PutEvents');
    expect(described.cause).toContain('Error Code: AccessDeniedException');
  });

  it('retries a publication whose answer was lost, though it took effect', async () => {
    const world = new World(
      machine({
        Publish: command('Something', { End: true, Retry: [{ ErrorEquals: ['EventBridge.SdkClientException'] }] }),
      }),
    );
    world.faults.inject({ at: 'events.PutEvents', effect: 'lose-answer', times: 1 });
    const arn = await world.start();
    await world.advance(1_000);
    expect(world.sent).toHaveLength(2);
    await world.succeed();
    expect((await world.describe(arn)).status).toBe('SUCCEEDED');
  });
});
