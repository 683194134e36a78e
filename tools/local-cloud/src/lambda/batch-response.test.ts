/** What a function may answer to a batch of which single records can fail. */
import { failedItems } from './batch-response.ts';

const batch = new Set(['1', '2', '3']);
const failed = (answer: unknown) => failedItems(JSON.stringify(answer) ?? 'null', batch);
const one = (itemIdentifier: unknown) => ({ batchItemFailures: [{ itemIdentifier }] });

describe.each([
  'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting',
  'https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html',
])('the answer to a batch (%s)', () => {
  it.each([
    [undefined],
    [null],
    [''],
    [{}],
    [{ batchItemFailures: [] }],
    [{ batchItemFailures: null }],
    [{ other: 1 }],
  ])('%j is success', (answer) => {
    expect(failed(answer)).toEqual(new Set());
  });

  it('names what failed, once or more', () => {
    const batchItemFailures = [{ itemIdentifier: '3' }, { itemIdentifier: '1' }, { itemIdentifier: '3' }];
    expect(failed({ batchItemFailures })).toEqual(new Set(['1', '3']));
  });

  it.each([
    [one('')],
    [one(null)],
    [one(2)],
    [one('unknown')],
    [{ batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: 'unknown' }] }],
    [{ batchItemFailures: [{ bad: '1' }] }],
    [{ batchItemFailures: [{}] }],
    [{ batchItemFailures: ['1'] }],
    [{ batchItemFailures: '1' }],
    [{ batchItemFailures: { itemIdentifier: '1' } }],
    ['text'],
    [true],
    [1],
    [[]],
  ])('%j is failure of the whole batch', (answer) => {
    expect(failed(answer)).toBeUndefined();
  });
});
