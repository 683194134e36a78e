/** Tasks that invoke functions: what the function is given, what the task gets, and how it fails. */
import { AwsError } from '../aws-error.ts';
import { RawResponse } from '../service.ts';
import { machine, World } from './given-states.ts';
import type { Json } from './json.ts';

function invoking(further: Readonly<Record<string, Json>>, pattern = ''): Json {
  return machine({
    Invoke: { Type: 'Task', Resource: `arn:aws:states:::lambda:invoke${pattern}`, ...further, End: true },
  });
}

function functionError(payload: Json): RawResponse {
  return new RawResponse(200, { 'x-amz-function-error': 'Unhandled' }, Buffer.from(JSON.stringify(payload)));
}

describe('lambda:invoke (https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html)', () => {
  it('sends the payload as JSON, whatever its type, and an empty object where there is none', async () => {
    const sent = async (further: Readonly<Record<string, Json>>): Promise<string> => {
      const world = new World();
      let payload = '';
      world.invoke = (given) => {
        payload = given;
        return new RawResponse(200, {}, Buffer.from('null'));
      };
      await world.run(invoking({ Arguments: { FunctionName: 'f', ...further } }));
      return payload;
    };
    expect(await sent({ Payload: { a: [1] } })).toBe('{"a":[1]}');
    expect(await sent({ Payload: 'text' })).toBe('"text"');
    expect(await sent({ Payload: null })).toBe('null');
    expect(await sent({})).toBe('{}');
  });

  it('answers the parsed payload, the version and the status', async () => {
    const world = new World();
    world.invoke = () => new RawResponse(200, { 'X-Amz-Executed-Version': '$LATEST' }, Buffer.from('{"a":1}'));
    const { output } = await world.run(invoking({ Arguments: { FunctionName: 'f' } }));
    expect(JSON.parse(output ?? '')).toEqual({ ExecutedVersion: '$LATEST', Payload: { a: 1 }, StatusCode: 200 });
  });

  it('has an empty answer where the function is only told', async () => {
    const world = new World();
    world.invoke = () => new RawResponse(202, {}, Buffer.from(''));
    const { output } = await world.run(invoking({ Arguments: { FunctionName: 'f', InvocationType: 'Event' } }));
    expect(JSON.parse(output ?? '')).toEqual({ Payload: null, StatusCode: 202 });
  });

  it('fails under the error type of the function, with all that it answered as the cause', async () => {
    const world = new World();
    const payload = { errorType: 'OutOfStock', errorMessage: 'none left', trace: [] };
    world.invoke = () => functionError(payload);
    expect(await world.run(invoking({ Arguments: { FunctionName: 'f' } }))).toMatchObject({
      status: 'FAILED',
      error: 'OutOfStock',
      cause: JSON.stringify(payload),
    });
  });

  it('fails as Lambda.Unknown where the function names no type', async () => {
    const world = new World();
    world.invoke = () => functionError({ errorMessage: 'Task timed out after 3.00 seconds' });
    expect(await world.run(invoking({ Arguments: { FunctionName: 'f' } }))).toMatchObject({
      error: 'Lambda.Unknown',
      cause:
        'The cause could not be determined because Lambda did not return an error type. Returned payload: ' +
        '{"errorMessage":"Task timed out after 3.00 seconds"}',
    });
  });

  it('fails under the name of the error that Lambda declares, or under the one that stands for all others', async () => {
    const refused = async (code: string, status: number): Promise<string | undefined> => {
      const world = new World();
      world.invoke = () => Promise.reject(new AwsError(code, 'Function not found: f', { status }));
      const { error, cause } = await world.run(invoking({ Arguments: { FunctionName: 'f' } }));
      expect(cause).toBe(`Function not found: f (Service: AWSLambda; Status Code: ${status}; Error Code: ${code})`);
      return error;
    };
    expect(await refused('ResourceNotFoundException', 404)).toBe('Lambda.ResourceNotFoundException');
    expect(await refused('TooManyRequestsException', 429)).toBe('Lambda.TooManyRequestsException');
    expect(await refused('ServiceException', 500)).toBe('Lambda.ServiceException');
    expect(await refused('AccessDeniedException', 403)).toBe('Lambda.AWSLambdaException');
  });

  it('fails as States.Runtime, which nothing catches, where its arguments cannot be a request', async () => {
    const outcome = await new World().run(
      machine({
        Put: {
          Type: 'Task',
          Resource: 'arn:aws:states:::events:putEvents',
          Arguments: { Entries: 'none' },
          Retry: [{ ErrorEquals: ['States.ALL'] }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Succeed' },
      }),
    );
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('expects no heartbeat while the function runs, where a token is awaited', async () => {
    const world = new World();
    const running = Promise.withResolvers<RawResponse>();
    world.invoke = () => running.promise;
    world.declare(
      invoking(
        { Arguments: { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' }, HeartbeatSeconds: 10 },
        '.waitForTaskToken',
      ),
    );
    const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:saga:order-1';
    await world.call('StartExecution', {
      stateMachineArn: executionArn.replace('execution:saga:order-1', 'stateMachine:saga'),
      name: 'order-1',
    });
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await settled();
    await world.clock.advance(60_000, settled);
    running.resolve(new RawResponse(200, {}, Buffer.from('null')));
    await world.idle();
    expect((await world.eventTypes(executionArn)).at(-1)).toBe('TaskSubmitted');
    await world.advance(9_999);
    expect((await world.describe(executionArn)).status).toBe('RUNNING');
    await world.advance(1);
    expect(await world.describe(executionArn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });
});
