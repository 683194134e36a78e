/** Functions that misbehave harm their own invocation, and nothing else. */
import { givenLambda, givenMeeting, type Answer, type GivenLambda } from './given-lambda.ts';

const OTHER = (url: string) =>
  `let count = 0; export const handler = async (event) => { if (event.wait) await fetch('${url}'); return ++count; };`;

let given: GivenLambda;
afterEach(() => given.stop());

/** What came of a function that misbehaves while an invocation of another one is under way. */
async function besideAnother(body: string, Timeout: number): Promise<Answer> {
  const meeting = await givenMeeting(2);
  given = givenLambda();
  given.declare('other', OTHER(meeting.url), { Timeout: 900 });
  given.declare(
    'bad',
    `const all = []; export const handler = async (event) => { if (event.well) return 'well'; ${body} };`,
    { Timeout },
  );
  expect((await given.invoke('other', {})).payload).toBe(1);
  const host = given.lambda.hostPid;
  const other = given.invoke('other', { wait: true });
  expect((await given.invoke('bad', { well: true })).payload).toBe('well');
  const answer = await firstFailure(async () => {
    const invoked = given.invoke('bad');
    await new Promise(setImmediate);
    await given.ground.clock.advance(1_000);
    return invoked;
  });
  expect((await given.invoke('bad', { well: true })).payload).toBe('well');
  await fetch(meeting.url);
  expect(await other).toMatchObject({ functionError: undefined, payload: 2 });
  expect((await given.invoke('other', {})).payload).toBe(3);
  expect(given.lambda.hostPid).toBe(host);
  await meeting.close();
  return answer;
}

/** The first answer that is a function error, of a hundred. */
async function firstFailure(invoke: () => Promise<Answer>): Promise<Answer> {
  for (let count = 0; count < 100; count++) {
    const answer = await invoke();
    if (answer.functionError !== undefined) return answer;
  }
  throw new Error('a hundred invocations, and no function error');
}

describe('a function that misbehaves (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html)', () => {
  it.each([
    ['leaks objects step by step', `all.push(Array.from({ length: 1e6 }, Math.random));`, 'Runtime.OutOfMemory'],
    ['leaks buffers step by step', `all.push(Buffer.alloc(2e7, 1));`, 'Runtime.OutOfMemory'],
    ['fills its heap at once', `for (;;) all.push(Array.from({ length: 1e5 }, Math.random));`, 'Runtime.OutOfMemory'],
    ['loops without end', `for (;;);`, 'Sandbox.Timedout'],
    ['waits without end', `await new Promise(() => {});`, 'Sandbox.Timedout'],
    ['exits', `process.exit(1);`, 'Runtime.ExitError'],
    [
      'throws asynchronously',
      `setImmediate(() => { throw new RangeError('late'); }); await new Promise(() => {});`,
      'RangeError',
    ],
    [
      'rejects without a handler',
      `Promise.reject(new Error('left')); await new Promise(() => {});`,
      'Runtime.UnhandledPromiseRejection',
    ],
    ['throws', `throw new TypeError('bad');`, 'TypeError'],
  ])('%s, harms its own invocation only', async (_what, body, errorType) => {
    const Timeout = errorType === 'Sandbox.Timedout' ? 1 : 30;
    const { status, functionError, payload } = await besideAnother(body, Timeout);
    expect({ status, functionError, payload }).toMatchObject({
      status: 200,
      functionError: 'Unhandled',
      payload: { errorType },
    });
  });

  it('fills its standard output, keeps no other waiting, and is ended by its timeout', async () => {
    given = givenLambda();
    given.declare('other', 'export const handler = async () => 1;', { Timeout: 900 });
    const code = `export const handler = async () => { for (;;) console.log('x'.repeat(200)); };`;
    given.declare('bad', code, { Timeout: 60 });
    const answer = given.invoke('bad');
    const logged = async () => (await given.logOf('bad').catch(() => [])).some((line) => line.includes('xxx'));
    while (!(await logged())) await new Promise(setImmediate);
    for (let count = 0; count < 30; count++) expect((await given.invoke('other')).payload).toBe(1);
    await given.ground.clock.advance(60_000);
    expect((await answer).payload).toMatchObject({ errorType: 'Sandbox.Timedout' });
  });
});
