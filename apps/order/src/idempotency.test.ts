import {
  IdempotencyAlreadyInProgressError,
  IdempotencyInconsistentStateError,
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
  IdempotencyPersistenceLayerError,
  IdempotencyRecordStatus,
  IdempotencyValidationError,
} from '@aws-lambda-powertools/idempotency';
import { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import { toIdempotencyProblem } from './idempotency.ts';

/** That the body differs from that of the record, whose time is over or not. */
const differsFrom = (status: keyof typeof IdempotencyRecordStatus, secondsLeft = 60) => {
  const expiryTimestamp = Math.floor(Date.now() / 1000) + secondsLeft;
  const record = { idempotencyKey: 'key', status: IdempotencyRecordStatus[status], expiryTimestamp };
  return new IdempotencyValidationError('differs', new IdempotencyRecord(record));
};

describe('what Powertools says', () => {
  it.each([
    ['that the first is running', new IdempotencyAlreadyInProgressError('running')],
    ['that there is a record', new IdempotencyItemAlreadyExistsError('exists')],
    ['that the record went away while it was looked at', new IdempotencyItemNotFoundError('gone')],
    ['that the record changed while it was looked at', new IdempotencyInconsistentStateError('expired')],
    ['that another body is running', differsFrom('INPROGRESS')],
    ['that another body was answered, too long ago', differsFrom('COMPLETED', -60)],
  ])('%s, is answered 409, with when to come back', (_what, error) => {
    expect(toIdempotencyProblem(error)).toMatchObject({
      kind: 'request-in-progress',
      status: 409,
      headers: { 'retry-after': '1' },
      cause: error,
    });
  });

  it('that another body was answered, is answered 422', () => {
    const error = differsFrom('COMPLETED');
    expect(toIdempotencyProblem(error)).toMatchObject({ kind: 'idempotency-key-reused', status: 422, cause: error });
  });

  it('of its table stays a fault, with its cause', () => {
    const error = new IdempotencyPersistenceLayerError('not saved', { cause: new Error('slow down') });
    expect(toIdempotencyProblem(error)).toBe(error);
  });
});
