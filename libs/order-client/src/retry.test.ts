import { problems, problemType, type ProblemKind } from '@distributed-patterns/contracts';
import * as fc from 'fast-check';
import { OrderClient } from './index.ts';
import { completed, type RetryOptions } from './retry.ts';

const START = Date.UTC(2026, 0, 15, 9, 30);
const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const request = { customerId: 'customer-1', items: [{ productId: 'laptop', quantity: 1, price: 1299.99 }] };
const placed = { orderId: ORDER, status: 'PENDING', totalAmount: 1299.99, message: 'Order created successfully' };

/** What comes of one attempt: an answer, or a broken connection, after so many milliseconds. */
interface Step {
  readonly status: number | 'broken';
  readonly problem?: ProblemKind;
  readonly retryAfter?: string;
  readonly takes?: number;
}

const success: Step = { status: 201 };
const inProgress: Step = { status: 409, problem: 'request-in-progress' };

const responseOf = (status: number, { problem, retryAfter }: Step): Response => {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  if (problem === undefined) return Response.json(status === 201 ? placed : { message: 'No.' }, { status, headers });
  const { title } = problems[problem];
  const body = { type: problemType(problem), title, status, detail: 'It is so.', instance: 'urn:request:1' };
  return Response.json(body, { status, headers });
};

/** A network that follows a script, the last step for ever, and time that passes only in attempts and pauses. */
const given = (steps: readonly Step[], options: RetryOptions = {}) => {
  let now = START;
  let timer = { rings: Infinity, ring: (): void => undefined };
  const attempts: { key: string | null; body: unknown; at: number }[] = [];
  const pauses: number[] = [];

  const fetch = async (_url: string, { headers, body, signal }: RequestInit): Promise<Response> => {
    const step = steps[Math.min(attempts.length, steps.length - 1)] ?? success;
    attempts.push({ key: new Headers(headers).get('idempotency-key'), body, at: now - START });
    now += step.takes ?? 0;
    if (now >= timer.rings) {
      now = timer.rings;
      timer.ring();
      throw signal?.reason;
    }
    if (step.status === 'broken') throw new TypeError('fetch failed');
    return responseOf(step.status, step);
  };
  const retry: RetryOptions = {
    now: () => now,
    random: () => 0.5,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      now += milliseconds;
    },
    timer: (milliseconds, ring) => {
      timer = { rings: now + milliseconds, ring };
      return () => (timer = { rings: Infinity, ring: () => undefined });
    },
    ...options,
  };
  const client = new OrderClient({ baseUrl: 'https://orders.example/dev', fetch, retry });
  return {
    attempts,
    pauses,
    passed: () => now - START,
    place: () => client.placeOrder(request),
    failure: () =>
      client.placeOrder(request).then(
        () => undefined,
        (error: unknown) => error,
      ),
  };
};

describe('what is repeated', () => {
  it.each<Step>([
    { status: 'broken' },
    { status: 201, takes: 12_000 },
    inProgress,
    { status: 429 },
    { status: 500, problem: 'internal-error' },
    { status: 502 },
    { status: 503, problem: 'temporarily-unavailable' },
    { status: 504 },
  ])('%o', async (step) => {
    const { place, attempts } = given([step, success]);
    expect(await place()).toMatchObject({ orderId: ORDER });
    expect(attempts).toHaveLength(2);
  });
});

describe('what is not repeated', () => {
  it.each<Step>([
    { status: 400, problem: 'invalid-request' },
    { status: 401 },
    { status: 403 },
    { status: 403, problem: 'forbidden' },
    { status: 404, problem: 'not-found' },
    { status: 409 },
    { status: 409, problem: 'order-ended' },
    { status: 413 },
    { status: 415, problem: 'unsupported-media-type' },
    { status: 422, problem: 'idempotency-key-reused' },
    { status: 422, problem: 'request-in-progress' },
    { status: 501 },
  ])('%o', async (step) => {
    const { failure, attempts, pauses } = given([{ ...step, retryAfter: '1' }, success]);
    expect(await failure()).toMatchObject({ name: 'OrderApiError', status: step.status, retryable: false });
    expect(attempts).toHaveLength(1);
    expect(pauses).toEqual([]);
  });
});

describe('pauses', () => {
  it('double up to a cap, and each is a random part of what it may be', async () => {
    const { place, pauses } = given([...Array.from({ length: 7 }, () => ({ status: 503 })), success]);
    await place();
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
  });

  it.each([
    ['seconds', '3', 3_000],
    ['no seconds', '0', 0],
    ['a date', 'Thu, 15 Jan 2026 09:30:07 GMT', 7_000],
    ['a date that has passed', 'Thu, 15 Jan 2026 09:29:00 GMT', 0],
  ])('are as long as the server asks for in %s, and a little more', async (_what, retryAfter, least) => {
    const { place, pauses } = given([{ status: 429, retryAfter }, success]);
    await place();
    expect(pauses).toEqual([least + 100]);
  });

  it.each(['soon', '-1', '1.5', ''])('are as usual where the server asks for "%s"', async (retryAfter) => {
    const { place, pauses } = given([{ status: 429, retryAfter }, { status: 429, retryAfter }, success]);
    await place();
    expect(pauses).toEqual([100, 200]);
  });

  it.each(['30', '86400', 'Fri, 16 Jan 2026 09:30:00 GMT'])(
    'that the deadline does not allow are not begun: %s',
    async (retryAfter) => {
      const { failure, attempts, passed } = given([{ status: 503, retryAfter }, success]);
      expect(await failure()).toMatchObject({ status: 503, retryable: true, retryAfter });
      expect(attempts).toHaveLength(1);
      expect(passed()).toBe(0);
    },
  );

  it('that last longer than they should are followed by no attempt after the deadline', async () => {
    let now = START;
    const asleep = { now: () => now, pause: async () => void (now += 3_600_000) };
    const { failure, attempts } = given([{ status: 503 }, success], asleep);
    expect(await failure()).toMatchObject({ status: 503 });
    expect(attempts).toHaveLength(1);
  });

  it('end at once when the signal is aborted, before or within', async () => {
    const { pause } = completed({});
    const caller = new AbortController();
    const pausing = pause(3_600_000, caller.signal);
    caller.abort();
    await pausing;
    await pause(3_600_000, caller.signal);
    await pause(0, undefined);
  });
});

describe('the deadline', () => {
  it('outlasts a first request that died in flight and whose key is in progress until its function has timed out', async () => {
    const dead: Step = { status: 'broken', takes: 200 };
    const waiting = Array.from({ length: 9 }, () => ({ ...inProgress, retryAfter: '1', takes: 20 }));
    const { place, attempts, passed } = given([dead, ...waiting, success]);
    expect(await place()).toMatchObject({ orderId: ORDER });
    expect(attempts).toHaveLength(11);
    expect(passed()).toBeGreaterThan(10_000);
  });

  it('leaves time for another attempt after one that was never answered', async () => {
    const { place, attempts } = given([{ status: 201, takes: 60_000 }, success]);
    await place();
    expect(attempts.map(({ at }) => at)).toEqual([0, 12_100]);
  });

  it('ends an attempt that is under way', async () => {
    const { failure, passed } = given([{ status: 201, takes: 60_000 }]);
    expect(await failure()).toMatchObject({ name: 'OrderApiUnreachable', cause: { name: 'TimeoutError' } });
    expect(passed()).toBe(30_000);
  });

  it('ends a call whose attempts pay no heed to it', async () => {
    let now = START;
    const timer = (milliseconds: number, ring: () => void) => {
      now += milliseconds;
      queueMicrotask(ring);
      return () => undefined;
    };
    const fetch = () => new Promise<Response>(() => undefined);
    const retry = { now: () => now, random: () => 0.5, pause: async (paused: number) => void (now += paused), timer };
    const client = new OrderClient({ baseUrl: 'https://orders.example', fetch, retry });
    await expect(client.placeOrder(request)).rejects.toMatchObject({
      name: 'OrderApiUnreachable',
      cause: { name: 'TimeoutError' },
    });
    expect(now - START).toBe(30_000);
  });

  it('tells of the last answer, if there was any', async () => {
    const { failure } = given([{ status: 500 }, { status: 503 }, { status: 'broken' }]);
    expect(await failure()).toMatchObject({ name: 'OrderApiError', status: 503 });
  });

  it('and all other times may be set; what is left open is as usual', async () => {
    const times = { deadline: 1_000, attemptTimeout: 300, firstPause: 100, longestPause: undefined };
    const { failure, attempts } = given([{ status: 'broken', takes: 400 }], times);
    expect(await failure()).toMatchObject({ name: 'OrderApiUnreachable' });
    expect(attempts.map(({ at }) => at)).toEqual([0, 350, 750]);
  });
});

describe('whatever happens', () => {
  const passing = fc.record(
    {
      status: fc.constantFrom<Step['status']>('broken', 429, 500, 502, 503, 504),
      retryAfter: fc.constantFrom('0', '1', '5', 'Thu, 15 Jan 2026 09:30:09 GMT', 'soon'),
      takes: fc.nat(15_000),
    },
    { requiredKeys: ['status'] },
  );
  const failures = fc.array(fc.oneof(passing, fc.constant(inProgress)), { maxLength: 12 });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('before a success, that is the result, and every attempt had the same key and body', async () => {
    await fc.assert(
      fc.asyncProperty(failures, random, async (steps, part) => {
        const hours = { deadline: 3_600_000, random: () => part };
        const { place, attempts } = given([...steps, success], hours);
        expect(await place()).toEqual({ ...placed, replayed: false });
        expect(attempts).toHaveLength(steps.length + 1);
        expect(new Set(attempts.map(({ key }) => key)).size).toBe(1);
        expect(new Set(attempts.map(({ body }) => body))).toEqual(new Set([JSON.stringify(request)]));
      }),
    );
  });

  it('without a success, it ends by the deadline with an error that says that it may pass', async () => {
    await fc.assert(
      fc.asyncProperty(failures, async (steps) => {
        const { failure, passed } = given([...steps, { status: 'broken' }]);
        const answered = steps.some(({ status }) => status !== 'broken');
        expect(await failure()).toMatchObject({
          retryable: true,
          ...(answered ? {} : { name: 'OrderApiUnreachable' }),
        });
        expect(passed()).toBeLessThanOrEqual(30_000);
      }),
    );
  });
});
