/** Invoking functions: what handlers are given, what callers are answered, and what is contained in one invocation. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { AwsError } from '../aws-error.ts';
import { givenLambda, givenMeeting, ROLE, type GivenLambda, type GivenOptions } from './given-lambda.ts';

const ECHO = `export const handler = async (event) => event;`;
let given: GivenLambda;

async function started(options: GivenOptions, declare: (lambda: GivenLambda) => void): Promise<GivenLambda> {
  given = givenLambda(options);
  declare(given);
  await given.start();
  return given;
}

async function refusal(work: Promise<unknown>): Promise<AwsError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AwsError) return error;
  throw new Error(`expected an AwsError, got ${String(error)}`);
}

afterEach(() => given.stop());

describe('Invoke (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html)', () => {
  it('answers what the handler returned', async () => {
    const { invoke } = await started({}, ({ declare }) => declare('echo', ECHO));
    expect(await invoke('echo', { list: [1, 'zwei'] })).toEqual({
      status: 200,
      functionError: undefined,
      payload: { list: [1, 'zwei'] },
      log: '',
    });
    expect((await invoke('echo')).payload).toEqual({});
  });

  it('answers null for a handler that returns nothing', async () => {
    const { invoke } = await started({}, ({ declare }) => declare('nothing', 'export const handler = async () => {};'));
    expect((await invoke('nothing')).payload).toBeNull();
  });

  it('finds a function by name, partial ARN and ARN, with $LATEST', async () => {
    const { invoke } = await started({}, ({ declare }) => declare('echo', ECHO));
    for (const name of [
      'echo:$LATEST',
      '000000000000:function:echo',
      'arn:aws:lambda:us-east-1:000000000000:function:echo',
    ]) {
      expect((await invoke(name, 1)).payload).toBe(1);
    }
  });

  it('refuses unknown functions, versions and payloads that are not JSON', async () => {
    const { invoke } = await started({}, ({ declare }) => declare('echo', ECHO));
    expect((await refusal(invoke('nobody'))).code).toBe('ResourceNotFoundException');
    expect((await refusal(invoke('echo:7'))).code).toBe('ResourceNotFoundException');
    expect((await refusal(invoke('echo', undefined, { Payload: Buffer.from('{') }))).code).toBe(
      'InvalidRequestContentException',
    );
  });

  it('refuses what contradicts itself or has no meaning', async () => {
    const { invoke } = await started({}, ({ declare }) => declare('echo', ECHO));
    expect(await refusal(invoke('echo:$LATEST', 1, { Qualifier: '7' }))).toMatchObject({
      code: 'InvalidParameterValueException',
      message: 'The derived qualifier from the function name does not match the specified qualifier.',
    });
    expect((await invoke('echo:$LATEST', 1, { Qualifier: '$LATEST' })).payload).toBe(1);
    expect((await refusal(invoke('not a name'))).code).toBe('ValidationException');
    expect((await refusal(invoke('echo', 1, { InvocationType: 'Soon' }))).code).toBe('ValidationException');
    expect((await refusal(invoke('echo', 1, { LogType: 'Head' }))).code).toBe('ValidationException');
    expect((await refusal(invoke('echo', 1, { ClientContext: 'e30=' }))).code).toBe('NotImplemented');
  });

  it.each([
    ['RequestResponse', 6_291_456, 200],
    ['DryRun', 6_291_456, 204],
    ['Event', 1_048_576, 202],
  ])('takes as a %s no more than %i bytes', async (InvocationType, bytes, status) => {
    const { invoke } = await started({}, ({ declare }) => declare('echo', ECHO, { Timeout: 60 }));
    const text = (size: number) => 'x'.repeat(size - 2);
    expect((await invoke('echo', text(bytes), { InvocationType })).status).toBe(status);
    expect(await refusal(invoke('echo', text(bytes + 1), { InvocationType }))).toMatchObject({
      code: 'RequestTooLargeException',
      status: 413,
      message: `${bytes + 1} byte payload is too large for the ${InvocationType} invocation type (limit ${bytes} bytes)`,
    });
  });

  it('answers as much as AWS does, a hundred bytes more than it takes', async () => {
    const code = 'export const handler = async (size) => "x".repeat(size - 2);';
    const { invoke } = await started({}, ({ declare }) => declare('large', code, { Timeout: 60 }));
    expect((await invoke('large', 6_291_556)).payload).toHaveLength(6_291_554);
    expect((await invoke('large', 6_291_557)).payload).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });

  it('only looks at a dry run', async () => {
    const { invoke, logOf } = await started({}, ({ declare }) => {
      declare('echo', ECHO);
      given.declareResource('AWS::Logs::LogGroup', { LogGroupName: '/aws/lambda/echo' });
    });
    expect(await invoke('echo', {}, { InvocationType: 'DryRun' })).toMatchObject({ status: 204, payload: undefined });
    expect(await logOf('echo')).toEqual([]);
  });

  it('asks for lambda:InvokeFunction on the function', async () => {
    const asked: unknown[] = [];
    const authorizer = { authorize: (_principal: unknown, permission: unknown) => void asked.push(permission) };
    const { invoke } = await started({ authorizer }, ({ declare }) => declare('echo', ECHO));
    await invoke('echo');
    expect(asked[0]).toEqual({
      action: 'lambda:InvokeFunction',
      resource: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
    });
  });
});

describe('the environment of a handler (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html)', () => {
  it('has the variables of the template and those of Lambda, and nothing else', async () => {
    const { invoke } = await started({}, ({ declare }) =>
      declare('env', 'export const handler = async () => process.env;', {
        Environment: { Variables: { STAGE: 'dev' } },
        MemorySize: 256,
      }),
    );
    const { payload } = await invoke('env');
    expect(payload).toMatchObject({
      STAGE: 'dev',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'env',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/env',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_ACCESS_KEY_ID: `key of ${ROLE}`,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      _HANDLER: 'index.handler',
    });
    for (const name of ['HOME', 'PATH', 'NODE_COMPILE_CACHE', 'JEST_WORKER_ID'])
      expect(payload).not.toHaveProperty(name);
  });

  it('has those variables as the template says that are not reserved', async () => {
    const Variables = { LANG: 'de_DE.UTF-8', AWS_XRAY_CONTEXT_MISSING: 'IGNORE_ERROR' };
    const { invoke } = await started({}, ({ declare }) =>
      declare('env', 'export const handler = async () => process.env;', { Environment: { Variables } }),
    );
    expect((await invoke('env')).payload).toMatchObject(Variables);
  });

  it('has a complete context', async () => {
    const code = `export const handler = async (_event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() });`;
    const { invoke } = await started({}, ({ declare }) => declare('context', code, { Timeout: 10 }));
    const { payload } = await invoke('context');
    expect(payload).toMatchObject({
      functionName: 'context',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:context',
      memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/context',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/) as string,
      callbackWaitsForEmptyEventLoop: true,
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      remaining: expect.any(Number) as number,
    });
  });

  it('lets Date follow the clock, also after it was advanced', async () => {
    const code = `export const handler = async () => [Date.now(), new Date().getTime(), new Date(5).getTime(), new Date() instanceof Date, typeof Date()];`;
    const { invoke, ground } = await started({}, ({ declare }) => declare('time', code));
    await invoke('time');
    await ground.clock.advance(3_600_000);
    const { payload } = await invoke('time');
    const [now, made, ...rest] = payload as number[];
    expect(Math.abs((now ?? 0) - ground.clock.now())).toBeLessThan(5_000);
    expect(Math.abs((made ?? 0) - ground.clock.now())).toBeLessThan(5_000);
    expect(rest).toEqual([5, true, 'string']);
  });

  it('is used again for the next invocation, and by one invocation at a time', async () => {
    const code = `let count = 0; let busy = false;
      export const handler = async () => { if (busy) throw new Error('shared'); busy = true; await new Promise(setImmediate); busy = false; return ++count; };`;
    const { invoke } = await started({}, ({ declare }) => declare('counter', code));
    expect((await invoke('counter')).payload).toBe(1);
    expect((await invoke('counter')).payload).toBe(2);
    const answers = await Promise.all(Array.from({ length: 20 }, () => invoke('counter')));
    expect(answers.filter((answer) => answer.functionError !== undefined)).toEqual([]);
  });

  it('is joined by others where invocations wait for each other', async () => {
    const meeting = await givenMeeting(3);
    const code = `export const handler = async () => { await fetch('${meeting.url}'); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };`;
    const { invoke } = await started({}, ({ declare }) => declare('meeting', code, { Timeout: 30 }));
    const answers = await Promise.all([invoke('meeting'), invoke('meeting'), invoke('meeting')]);
    await meeting.close();
    expect(new Set(answers.map((answer) => answer.payload)).size).toBe(3);
  });
});

describe('function errors (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html)', () => {
  const failing = (body: string, properties = {}) =>
    started({}, ({ declare }) => {
      declare(
        'failing',
        `export const handler = async (event) => { if (event.well) return 'well'; ${body} };`,
        properties,
      );
    });
  const isWell = async () => expect((await given.invoke('failing', { well: true })).payload).toBe('well');

  it('answers type, message and trace of what the handler threw', async () => {
    const { invoke } = await failing(`throw new TypeError('no good');`);
    expect(await invoke('failing')).toMatchObject({
      status: 200,
      functionError: 'Unhandled',
      payload: {
        errorType: 'TypeError',
        errorMessage: 'no good',
        trace: expect.arrayContaining([expect.stringContaining('TypeError: no good')]) as unknown,
      },
    });
    expect(given.reports).toEqual(['lambda failing: TypeError: no good']);
    await isWell();
  });

  it('answers what was thrown without being an Error', async () => {
    const { invoke } = await failing(`throw 'a string';`);
    expect((await invoke('failing')).payload).toEqual({ errorType: 'string', errorMessage: 'a string', trace: [] });
  });

  it.each([
    ['process.exit(3)', 'Runtime.ExitError', 'Error: Runtime exited with error: exit status 3'],
    ['process.exit(0)', 'Runtime.ExitError', 'Error: Runtime exited without providing a reason'],
    [
      `Promise.reject(new Error('left alone')); await new Promise(() => {})`,
      'Runtime.UnhandledPromiseRejection',
      'Error: left alone',
    ],
    [`setImmediate(() => { throw new RangeError('later'); }); await new Promise(() => {})`, 'RangeError', 'later'],
    [
      `const all = []; for (;;) all.push(new Array(10000).fill(Math.random()))`,
      'Runtime.OutOfMemory',
      'Error: Runtime exited with error: signal: killed',
    ],
    [`throw Object.assign(new Error('odd'), { name: 5, stack: 7 })`, '5', 'odd'],
    [
      `const { parentPort } = await import('node:worker_threads'); parentPort.postMessage({ type: 'odd' }); throw new Error('told')`,
      'Error',
      'told',
    ],
    [
      `const circle = {}; circle.self = circle; return circle`,
      'Runtime.JSONStringifyError',
      'Unable to stringify response body',
    ],
    [
      `return 'x'.repeat(7e6)`,
      'Function.ResponseSizeTooLarge',
      'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    ],
  ])('contains %s', async (body, errorType, errorMessage) => {
    const { invoke } = await failing(`${body};`, { Timeout: 60 });
    const answer = await invoke('failing');
    expect(answer).toMatchObject({ status: 200, functionError: 'Unhandled', payload: { errorType } });
    expect(Reflect.get(answer.payload as object, 'errorMessage')).toContain(errorMessage);
    await isWell();
  });

  it.each(['for (;;);', 'await new Promise(() => {});'])('ends %s when the timeout is over', async (body) => {
    const { invoke, ground } = await failing(body, { Timeout: 2 });
    await isWell();
    const answer = invoke('failing', {}, { LogType: 'Tail' });
    await new Promise(setImmediate);
    await ground.clock.advance(2_000);
    const { payload, log } = await answer;
    expect(payload).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 2.00 seconds$/) as string,
    });
    expect(log).toMatch(
      /Task timed out after 2.00 seconds\nEND RequestId: \S+\nREPORT RequestId: .*Duration: 2000.00 ms.*Status: timeout\n$/,
    );
    await isWell();
  });

  it('fails what runs when the host dies, and goes on with a new one', async () => {
    const { invoke, lambda } = await failing(`process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})`);
    await isWell();
    const before = lambda.hostPid;
    expect((await invoke('failing')).payload).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(
        /^RequestId: \S+ Error: Runtime exited with error: signal: killed$/,
      ) as string,
    });
    await isWell();
    expect(lambda.hostPid).not.toBe(before);
  });

  it.each([
    ['throw new Error("at the top");', 'Error', 'at the top'],
    ['export const other = 1;', 'Runtime.HandlerNotFound', 'index.handler is undefined or not exported'],
    [
      'export const handler = (event, context, callback) => callback(null, 1);',
      'Runtime.CallbackHandlerDeprecated',
      'callback-based function handlers',
    ],
    ['export const handler = {', 'Runtime.UserCodeSyntaxError', 'SyntaxError'],
    [`import 'not-there'; export const handler = 1;`, 'Runtime.ImportModuleError', 'not-there'],
    ['process.exit(5);', 'Runtime.ExitError', 'exit status 5'],
  ])('answers each invocation with the failure to initialize %s', async (code, errorType, message) => {
    const { invoke } = await started({}, ({ declare }) => declare('broken', code));
    for (const attempt of [1, 2]) {
      const { payload, functionError } = await invoke('broken', attempt);
      expect(functionError).toBe('Unhandled');
      expect(payload).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) as string });
    }
  });

  it('can be made to lose the answer after the work was done', async () => {
    const code = `import { appendFileSync } from 'node:fs'; export const handler = async ({ file }) => appendFileSync(file, 'done');`;
    const { invoke, ground } = await started({}, ({ declare }) => declare('worker', code));
    const folder = mkdtempSync(`${tmpdir()}/given-`);
    const file = `${folder}/work`;
    ground.faults.inject({ at: 'lambda.run', where: { function: 'worker' }, effect: 'lose-answer', times: 1 });
    expect((await invoke('worker', { file })).functionError).toBe('Unhandled');
    expect(readFileSync(file, 'utf8')).toBe('done');
    expect((await invoke('worker', { file })).functionError).toBeUndefined();
    rmSync(folder, { recursive: true });
  });
});

describe('concurrency (https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html)', () => {
  it('throttles beyond the reserved concurrency', async () => {
    const { invoke } = await started({}, ({ declare }) => declare('one', ECHO, { ReservedConcurrentExecutions: 1 }));
    const first = invoke('one');
    const error = await refusal(invoke('one'));
    expect(error).toMatchObject({
      code: 'TooManyRequestsException',
      status: 429,
      members: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
    });
    expect((await first).status).toBe(200);
    expect((await invoke('one')).status).toBe(200);
  });

  it('throttles beyond the concurrency of the account', async () => {
    const { invoke } = await started({ lambda: { limits: { accountConcurrency: 1 } } }, ({ declare }) => {
      declare('one', ECHO);
      declare('other', ECHO);
    });
    const first = invoke('one');
    expect((await refusal(invoke('other'))).members).toMatchObject({ Reason: 'ConcurrentInvocationLimitExceeded' });
    await first;
  });

  it('always throttles where the reserved concurrency is nought', async () => {
    const { invoke } = await started({}, ({ declare }) => declare('none', ECHO, { ReservedConcurrentExecutions: 0 }));
    expect(await refusal(invoke('none'))).toMatchObject({ code: 'TooManyRequestsException', status: 429 });
  });

  it('keeps what is reserved for one function from the others, and the others from it', async () => {
    const { invoke } = await started({ lambda: { limits: { accountConcurrency: 102 } } }, ({ declare }) => {
      declare('reserving', ECHO, { ReservedConcurrentExecutions: 2 });
      declare('other', ECHO);
    });
    const others = Array.from({ length: 100 }, () => invoke('other'));
    expect((await refusal(invoke('other'))).members).toMatchObject({ Reason: 'ConcurrentInvocationLimitExceeded' });
    expect((await Promise.all([invoke('reserving'), invoke('reserving')])).map(({ status }) => status)).toEqual([
      200, 200,
    ]);
    await Promise.all(others);
  });
});
