/** The admin API, and the Stripe mount beside it, over HTTP. */
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Activity } from '../activity.ts';
import { Clock } from '../clock.ts';
import { Faults } from '../faults.ts';
import { createIam, type Iam } from '../iam/index.ts';
import type { StripeAnswer, StripeRequest } from '../stripe/index.ts';
import { createAdmin } from './index.ts';
import { stripeListener } from './stripe-mount.ts';

const START = 1_750_000_000_000;
let clock: Clock;
let activity: Activity;
let faults: Faults;
let iam: Iam;
let server: Server;
let base: string;
const stripeRequests: StripeRequest[] = [];
const stripeAnswers: StripeAnswer[] = [];

beforeEach(async () => {
  clock = new Clock({ frozenAt: START });
  activity = new Activity();
  faults = new Faults();
  for (const point of ['a.One', 'a.Two']) faults.declare(point);
  iam = createIam({ report: () => undefined });
  stripeRequests.length = stripeAnswers.length = 0;
  const stripe = {
    async handle(request: StripeRequest): Promise<StripeAnswer> {
      stripeRequests.push(request);
      const answer = stripeAnswers.shift();
      if (answer === undefined) throw new Error('a bug');
      return answer;
    },
    payments: () => [],
  };
  const admin = createAdmin({
    clock,
    activity,
    faults,
    mailbox: { mailbox: () => [{ to: ['a@example.com'] }], mailboxPage: () => '<h1>Mail</h1>' },
    payments: () => [{ id: 'pi_1' }],
    iam,
    stripe: stripeListener(stripe, () => undefined),
  });
  server = createServer(admin).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_local-cloud`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(base + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status: response.status, json: await response.json() };
}

describe('the clock', () => {
  it('is shown and advanced, firing what falls due on the way', async () => {
    const fired: number[] = [];
    clock.after(500, () => fired.push(clock.now() - START));
    clock.after(5000, () => fired.push(clock.now() - START));
    expect(await call('POST', '/clock/advance', { milliseconds: 1000 })).toEqual({
      status: 200,
      json: { now: START + 1000 },
    });
    expect(fired).toEqual([500]);
    expect(await call('GET', '/clock')).toEqual({ status: 200, json: { now: START + 1000 } });
  });

  it('waits for what a timer has set off before it goes on', async () => {
    const steps: string[] = [];
    clock.after(100, () => {
      void activity.track(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        steps.push(`done at ${clock.now() - START}`);
      });
    });
    clock.after(200, () => steps.push('later timer'));
    await call('POST', '/clock/advance', { milliseconds: 300 });
    expect(steps).toEqual(['done at 100', 'later timer']);
  });

  it('takes two requests to advance one after the other', async () => {
    await Promise.all([
      call('POST', '/clock/advance', { milliseconds: 10 }),
      call('POST', '/clock/advance', { milliseconds: 20 }),
    ]);
    expect(clock.now()).toBe(START + 30);
  });

  it('is not moved by waiting for idleness, which takes timers that are already due', async () => {
    let fired = false;
    clock.after(0, () => (fired = true));
    expect((await call('POST', '/idle')).json).toEqual({ now: START });
    expect(fired).toBe(true);
  });
});

describe('faults', () => {
  it('are armed, listed with how often they struck, and removed', async () => {
    const fault = { at: 'events.deliver', where: { detailType: 'OrderPlaced' }, effect: 'lose', times: 2 };
    expect((await call('POST', '/faults', fault)).json).toEqual({ id: 'fault-1' });
    faults.strike('events.deliver', { detailType: 'OrderPlaced' });
    expect((await call('GET', '/faults')).json).toEqual([{ id: 'fault-1', fault, struck: 1 }]);
    await call('DELETE', '/faults/fault-1');
    expect((await call('GET', '/faults')).json).toEqual([]);
  });

  it('are all removed at once', async () => {
    for (const at of ['a.One', 'a.Two']) await call('POST', '/faults', { at, effect: 'error' });
    await call('DELETE', '/faults');
    expect((await call('GET', '/faults')).json).toEqual([]);
  });
});

describe('what has been sent', () => {
  it('is a list of mails, and a page for browsers', async () => {
    expect((await call('GET', '/mailbox')).json).toEqual([{ to: ['a@example.com'] }]);
    const page = await fetch(`${base}/mailbox`, { headers: { accept: 'text/html,*/*' } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toBe('<h1>Mail</h1>');
  });

  it('is a list of payments', async () => {
    expect((await call('GET', '/payments')).json).toEqual([{ id: 'pi_1' }]);
  });
});

describe('IAM', () => {
  const role = 'arn:aws:iam::000000000000:role/reader';
  const grant = { role, action: 'sqs:PurgeQueue', resource: '*' };
  const statement = (Action: string, more: object) => ({ Effect: 'Allow', Action, ...more });

  beforeEach(() => {
    const trust = statement('sts:AssumeRole', { Principal: { Service: 'lambda.amazonaws.com' } });
    const policy = { PolicyName: 'p', PolicyDocument: { Statement: statement(grant.action, { Resource: '*' }) } };
    iam.resources['AWS::IAM::Role']?.({
      stack: 's',
      logicalId: 'R',
      type: 'AWS::IAM::Role',
      properties: { RoleName: 'reader', AssumeRolePolicyDocument: { Statement: trust }, Policies: [policy] },
    });
  });
  const purge = () => iam.authorize({ type: 'role', arn: role }, { action: grant.action, resource: 'queue' });

  it('tells what roles are granted, and which of it was used', async () => {
    expect((await call('GET', '/iam/grants')).json).toEqual([{ ...grant, used: false }]);
    purge();
    expect((await call('GET', '/iam/grants')).json).toEqual([{ ...grant, used: true }]);
  });

  it('takes a grant away and gives it back, one or all', async () => {
    expect((await call('POST', '/iam/revocations', grant)).json).toEqual({ id: 'revocation-1' });
    expect((await call('GET', '/iam/revocations')).json).toEqual([{ id: 'revocation-1', ...grant }]);
    expect(purge).toThrow('is not authorized to perform');
    await call('DELETE', '/iam/revocations/revocation-1');
    expect(purge).not.toThrow();
    await call('POST', '/iam/revocations', { role, action: grant.action });
    await call('DELETE', '/iam/revocations');
    expect(purge).not.toThrow();
  });

  it('lists what was denied, until it is to be forgotten', async () => {
    await call('POST', '/iam/revocations', grant);
    expect(purge).toThrow();
    expect((await call('GET', '/iam/denials')).json).toMatchObject([
      { principal: role, action: 'sqs:PurgeQueue', resource: 'queue', times: 1 },
    ]);
    await call('DELETE', '/iam/denials');
    expect((await call('GET', '/iam/denials')).json).toEqual([]);
  });
});

it('says that it is well', async () => {
  expect(await call('GET', '/health')).toEqual({ status: 200, json: { status: 'ok' } });
});

it.each([
  ['POST', '/clock/advance', {}, 400, /milliseconds/],
  ['POST', '/clock/advance', { milliseconds: -1 }, 400, /milliseconds/],
  ['POST', '/faults', { at: 'a.One', effect: 'explode' }, 400, /effect/],
  ['POST', '/faults', { at: 'a.One', effect: 'hold' }, 400, /only error, lose-answer/],
  ['POST', '/faults', { at: 'a.One', effect: 'error', colour: 'red' }, 400, /colour/],
  ['POST', '/faults', { at: 'a.Three', effect: 'error' }, 400, /there is no point a.Three; known are a.One, a.Two$/],
  ['POST', '/iam/revocations', { role: 'r' }, 400, /action/],
  ['POST', '/iam/revocations', { role: 'r', action: 'sqs:Purge' }, 400, /has no statement that allows sqs:Purge/],
  ['POST', '/clock/advance', undefined, 400, /not JSON/],
  ['GET', '/nothing', undefined, 404, /there is no GET \/_local-cloud\/nothing/],
])('%s %s with %j is refused', async (method, path, body, status, message) => {
  expect(await call(method, path, body)).toEqual({ status, json: { message: expect.stringMatching(message) } });
});

describe('the Stripe mount', () => {
  it('hands over what follows its prefix and sends back what is answered', async () => {
    stripeAnswers.push({ status: 402, headers: { 'request-id': 'req_1' }, body: { error: {} } });
    const response = await fetch(`${base}/stripe/v1/payment_intents?limit=3`, {
      method: 'POST',
      body: 'amount=5',
      headers: { 'idempotency-key': 'k' },
    });
    expect([response.status, response.headers.get('request-id'), await response.json()]).toEqual([
      402,
      'req_1',
      { error: {} },
    ]);
    expect(stripeRequests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/payment_intents?limit=3',
      body: 'amount=5',
      headers: { 'idempotency-key': 'k' },
    });
  });

  it('breaks the connection where the answer is lost', async () => {
    stripeAnswers.push('reset');
    await expect(fetch(`${base}/stripe/v1/refunds`)).rejects.toThrow('fetch failed');
  });

  it('answers a bug with an API error', async () => {
    const response = await fetch(`${base}/stripe/v1/refunds`);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { type: 'api_error' } });
  });
});
