/** What functions and Lambda itself write to the log. */
import { AwsError } from '../aws-error.ts';
import type { Permission } from '../service.ts';
import { givenLambda, type GivenLambda } from './given-lambda.ts';

const TALKING = `console.log('loaded');
  export const handler = async (event) => {
    console.log('hello %s', 'you', { n: 1 });
    process.stdout.write(JSON.stringify({ level: 'INFO', message: 'from Powertools' }) + '\\n');
    console.error(new Error('odd'));
    if (event.fail) throw new Error('bad');
  };`;

let given: GivenLambda;
afterEach(() => given.stop());

describe('the log of a function (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html)', () => {
  it('has the lines of Lambda around those of the handler', async () => {
    given = givenLambda();
    given.declare('talking', TALKING);
    await given.invoke('talking', {});
    const lines = await given.logOf('talking');
    const id = /RequestId: (\S+)/.exec(lines[2] ?? '')?.[1];
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    const expected = [
      /^INIT_START Runtime Version: nodejs:24/,
      new RegExp(`^${time}\tundefined\tINFO\tloaded$`),
      new RegExp(`^START RequestId: ${id} Version: \\$LATEST$`),
      new RegExp(`^${time}\t${id}\tINFO\thello you { n: 1 }$`),
      /^{"level":"INFO","message":"from Powertools"}$/,
      new RegExp(`^${time}\t${id}\tERROR\tError: odd\n`),
      new RegExp(`^END RequestId: ${id}$`),
      new RegExp(
        `^REPORT RequestId: ${id}\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 128 MB\tMax Memory Used: \\d+ MB\tInit Duration: [\\d.]+ ms$`,
      ),
    ];
    expect(lines).toEqual(expected.map((pattern) => expect.stringMatching(pattern) as string));
  });

  it('reports the initialization with the first invocation only, and gives the tail to who asks for it', async () => {
    given = givenLambda();
    given.declare('talking', TALKING);
    expect((await given.invoke('talking', {}, { LogType: 'Tail' })).log).toContain('Init Duration');
    const { log } = await given.invoke('talking', { fail: true }, { LogType: 'Tail' });
    expect(log).not.toContain('Init Duration');
    expect(log).toMatch(
      /^START .*\n[^]*\tERROR\tInvoke Error \t{"errorType":"Error","errorMessage":"bad",[^]*\nEND .*\nREPORT .*\n$/,
    );
  });

  it('gives the last 4 KB of what is longer', async () => {
    given = givenLambda();
    const code = `export const handler = async ({ lines }) => { for (let n = 0; n < lines; n++) process.stdout.write('line ' + n + '\\n'); };`;
    given.declare('talking', code, { Timeout: 60 });
    const short = await given.invoke('talking', { lines: 10 }, { LogType: 'Tail' });
    expect(short.log).toMatch(/^START [^\n]*\nline 0\n/);
    const long = await given.invoke('talking', { lines: 20_000 }, { LogType: 'Tail' });
    expect(long.log).toMatch(/\nline 19998\nline 19999\nEND /);
    expect(Buffer.byteLength(long.log)).toBe(4096);
  });

  it('says what ended the environment', async () => {
    given = givenLambda();
    given.declare('leaving', 'export const handler = async () => process.exit(3);');
    const { log } = await given.invoke('leaving', {}, { LogType: 'Tail' });
    expect(log).toMatch(
      /\tStatus: error\tError Type: Runtime.ExitError\nRequestId: \S+ Error: Runtime exited with error: exit status 3\nRuntime.ExitError\n$/,
    );
  });

  it('gives no tail to who does not ask for it', async () => {
    given = givenLambda();
    given.declare('talking', TALKING);
    expect((await given.invoke('talking', {})).log).toBe('');
  });

  it('is JSON where the function asks for it', async () => {
    given = givenLambda();
    given.declare('talking', TALKING, { LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'ERROR' } });
    await given.invoke('talking', {});
    const lines = (await given.logOf('talking')).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { type: 'platform.initStart' },
      { type: 'platform.start', record: { version: '$LATEST' } },
      { message: 'from Powertools' },
      { level: 'ERROR', message: { errorType: 'Error', errorMessage: 'odd' } },
      { type: 'platform.report', record: { status: 'success', metrics: { memorySizeMB: 128 } } },
    ]);
  });

  it('contains what was written before an endless loop', async () => {
    given = givenLambda();
    given.declare('looping', `export const handler = async () => { console.log('before'); for (;;); };`, {
      Timeout: 1,
    });
    const answer = given.invoke('looping', {}, { LogType: 'Tail' });
    const isThere = async () => (await given.logOf('looping').catch(() => [])).some((line) => line.includes('before'));
    for (let turn = 0; turn < 100_000 && !(await isThere()); turn++) await new Promise(setImmediate);
    await given.ground.clock.advance(60_000);
    expect((await answer).log).toMatch(/\tINFO\tbefore\n[^]*Task timed out/);
  });

  it('is lost where the role may not write it, and the function runs all the same', async () => {
    const authorizer = {
      authorize(_principal: unknown, permission: Permission) {
        if (permission.action === 'logs:PutLogEvents')
          throw new AwsError('AccessDeniedException', `not authorized to perform: ${permission.action}`);
      },
    };
    given = givenLambda({ authorizer });
    given.declare('talking', TALKING);
    expect((await given.invoke('talking', {})).functionError).toBeUndefined();
    expect(await given.logOf('talking')).toEqual([]);
    expect(given.reports).toEqual(['lambda talking: its log is lost: not authorized to perform: logs:PutLogEvents']);
  });
});
