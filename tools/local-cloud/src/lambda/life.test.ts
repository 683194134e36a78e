/** Starting, preparing environments, reaping them, and ending. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { givenLambda, givenMeeting, type GivenLambda } from './given-lambda.ts';

const STREAM = 'export const handler = async () => process.env.AWS_LAMBDA_LOG_STREAM_NAME;';
let given: GivenLambda;
afterEach(() => given.stop());

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('environments (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html)', () => {
  it('are prepared at start, one for each function, so that the first invocation finds one', async () => {
    given = givenLambda({ lambda: { warmUp: true } });
    given.declare('one', STREAM);
    given.declare('broken', 'throw new Error("at the top");');
    await given.start();
    await given.lambda.warm();
    expect(given.reports).toEqual(['lambda broken: cannot be initialized: Error: at the top']);
    const initialized = (await given.logOf('one')).filter((line) => line.startsWith('INIT_START'));
    await given.invoke('one');
    const after = (await given.logOf('one')).filter((line) => line.startsWith('INIT_START'));
    expect([initialized.length, after.length]).toEqual([1, 1]);
  });

  it('that are idle for long are ended, but for the last', async () => {
    const meeting = await givenMeeting(2);
    const code = `export const handler = async () => { await fetch('${meeting.url}'); return process.env.AWS_LAMBDA_LOG_STREAM_NAME; };`;
    given = givenLambda({ lambda: { limits: { patience: 0, idle: 60_000 } } });
    given.declare('pair', code, { Timeout: 60 });
    const pair = async () =>
      (await Promise.all([given.invoke('pair'), given.invoke('pair')])).map((answer) => answer.payload);
    const before = new Set(await pair());
    expect(before.size).toBe(2);
    await given.ground.clock.advance(120_000);
    const after = await pair();
    await meeting.close();
    expect(after.filter((stream) => before.has(stream))).toHaveLength(1);
  });

  it('make room for others where the machine can bear no more', async () => {
    given = givenLambda({ lambda: { limits: { inAll: 1 } } });
    given.declare('one', STREAM);
    given.declare('other', STREAM);
    const first = await given.invoke('one');
    expect((await given.invoke('other')).functionError).toBeUndefined();
    expect((await given.invoke('one')).payload).not.toBe(first.payload);
  });
});

describe('the time that initialization takes (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib)', () => {
  const slow = async () => {
    const meeting = await givenMeeting(2);
    given = givenLambda({ frozenAt: Date.UTC(2026, 0, 1) });
    given.declare('slow', `await fetch('${meeting.url}'); export const handler = async () => 'done';`, { Timeout: 1 });
    return { meeting, answer: given.invoke('slow') };
  };

  it("does not count against the function's timeout", async () => {
    const { meeting, answer } = await slow();
    await given.ground.clock.advance(9_000);
    await fetch(meeting.url);
    expect(await answer).toMatchObject({ functionError: undefined, payload: 'done' });
    await meeting.close();
  });

  it('is limited to ten seconds and that timeout', async () => {
    const { meeting, answer } = await slow();
    await given.ground.clock.advance(11_000);
    expect((await answer).payload).toMatchObject({ errorType: 'Sandbox.Timedout' });
    await meeting.close();
  });

  it('keeps the clock waiting, though no invocation waits for it', async () => {
    const meeting = await givenMeeting(2);
    given = givenLambda({ lambda: { warmUp: true } });
    given.declare('slow', `await fetch('${meeting.url}'); export const handler = async () => 'done';`);
    await given.start();
    let idle = false;
    const settled = given.ground.activity.whenIdle().then(() => (idle = true));
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    expect(idle).toBe(false);
    await fetch(meeting.url);
    await Promise.all([settled, given.lambda.warm()]);
    await meeting.close();
  });
});

describe('the end (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown)', () => {
  it('leaves no process behind after stop', async () => {
    given = givenLambda();
    given.declare('looping', 'export const handler = async (event) => { while (event.loop); };', { Timeout: 900 });
    await given.invoke('looping', {});
    const pid = given.lambda.hostPid ?? 0;
    expect(isAlive(pid)).toBe(true);
    const abandoned = given.invoke('looping', { loop: true });
    abandoned.catch(() => undefined);
    await new Promise(setImmediate);
    await given.lambda.stop?.();
    expect(isAlive(pid)).toBe(false);
    await expect(abandoned).rejects.toMatchObject({ code: 'ServiceException' });
  });

  it('of a killed runtime is the end of its host too, even in an endless loop', async () => {
    given = givenLambda();
    const folder = mkdtempSync(join(tmpdir(), 'given-runtime-'));
    const runtime = fork(join(import.meta.dirname, 'life.fixture.ts'), [], {
      execArgv: [],
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    runtime.stderr?.resume();
    await once(runtime, 'message');
    // The host shares the runtime's standard error, which is closed when both are gone.
    const gone = once(runtime, 'close');
    runtime.kill('SIGKILL');
    expect(await gone).toEqual([null, 'SIGKILL']);
    rmSync(folder, { recursive: true });
  });
});
