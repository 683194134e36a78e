import {
  conflictAttempts,
  conflictPause,
  conflictPauses,
  gatewayCall,
  idempotencyKey,
  idempotencyRecord,
  longestCall,
  milliseconds,
  visibilityTimeout,
} from './durations.ts';

it('the longest call waits out every attempt and every pause', () => {
  expect(longestCall(gatewayCall)).toBe(5 + 0.5 + 5);
});

it('a conflict is put off for twice as long each time, up to a bound', () => {
  expect([1, 2, 5, 6, 15].map(conflictPause).map(milliseconds)).toEqual([20, 40, 320, 400, 400]);
});

it('a transaction is retried for five seconds at the longest', () => {
  expect(conflictPauses(conflictAttempts.transaction)).toBeCloseTo(4.62);
  expect(conflictPauses(1)).toBe(0);
});

it('a queue hides a message for as long as six functions may run', () => {
  expect(visibilityTimeout(15)).toBe(90);
});

it('an idempotency record is over, a second and a function’s time before its key', () => {
  expect(idempotencyRecord(idempotencyKey.standard)).toBe(589);
  expect(idempotencyRecord(86_400)).toBe(86_389);
});
