/** The REPORT line, field by field. */
import { declareFunction } from './function-declaration.ts';
import { reportLines, type Report } from './platform-log.ts';

const declare = (properties: object) =>
  declareFunction({
    stack: 'given',
    logicalId: 'One',
    type: 'AWS::Lambda::Function',
    properties: {
      FunctionName: 'one',
      Code: { AssetPath: '/code' },
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: 'arn:aws:iam::000000000000:role/one',
      ...properties,
    },
  });

const WARM: Report = {
  requestId: 'r-1',
  milliseconds: 12.341,
  memory: 30.2 * 1_048_576,
  initMilliseconds: undefined,
  status: 'success',
  errorType: undefined,
};
const textOf = (report: Report) => reportLines(declare({}), 0, report);

describe('the REPORT line (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html)', () => {
  it('rounds the billed time up to the millisecond, and the memory to the megabyte', () => {
    expect(textOf(WARM)).toEqual([
      'END RequestId: r-1',
      'REPORT RequestId: r-1\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 31 MB',
    ]);
  });

  it('bills the initialization of a cold start', () => {
    expect(textOf({ ...WARM, initMilliseconds: 100.7 }).at(-1)).toBe(
      'REPORT RequestId: r-1\tDuration: 12.34 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\tMax Memory Used: 31 MB\tInit Duration: 100.70 ms',
    );
  });

  it('never has more memory used than there was', () => {
    expect(textOf({ ...WARM, memory: 500 * 1_048_576 }).at(-1)).toMatch(/\tMax Memory Used: 128 MB$/);
  });

  it.each([
    [{ status: 'timeout' } as const, 'Status: timeout'],
    [{ status: 'error', errorType: 'Runtime.ExitError' } as const, 'Status: error\tError Type: Runtime.ExitError'],
  ])('says how an invocation ended with %j', (ended, text) => {
    expect(textOf({ ...WARM, ...ended }).at(-1)).toContain(`\tMax Memory Used: 31 MB\t${text}`);
  });

  it('is an object where the log is JSON, and is left out where the system may only warn', () => {
    const json = reportLines(declare({ LoggingConfig: { LogFormat: 'JSON' } }), 0, WARM);
    expect(json.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        time: '1970-01-01T00:00:00.000Z',
        type: 'platform.report',
        record: {
          requestId: 'r-1',
          status: 'success',
          metrics: { durationMs: 12.341, billedDurationMs: 13, memorySizeMB: 128, maxMemoryUsedMB: 31 },
        },
      },
    ]);
    const quiet = declare({ LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' } });
    expect(reportLines(quiet, 0, WARM)).toEqual([]);
  });
});
