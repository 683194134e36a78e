/** Functions that die at one of their calls to the AWS endpoint. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { createEndpoint } from '../endpoint/index.ts';
import type { Fault } from '../faults.ts';
import { operation, type AwsService } from '../service.ts';
import { givenLambda, type GivenLambda } from './given-lambda.ts';

/** Calls the endpoint by hand, as the SDK does; `run` counts how often this environment has run. */
const CALLER = `
  let run = 0;
  const { env } = process;
  const signature = 'AWS4-HMAC-SHA256 Credential=' + encodeURIComponent(env.AWS_ACCESS_KEY_ID) +
    '/20260101/us-east-1/notes/aws4_request, SignedHeaders=host, Signature=00';
  const call = async (note, token = env.AWS_SESSION_TOKEN) => {
    const response = await fetch(env.AWS_ENDPOINT_URL, {
      method: 'POST',
      headers: {
        authorization: signature, 'x-amz-date': '20260101T000000Z', 'x-amz-security-token': token,
        'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'Notes.Note',
      },
      body: JSON.stringify({ note }),
    });
    return response.status;
  };`;
const ONE_BY_ONE = `${CALLER}
  export const handler = async (notes) => {
    console.log('taking note');
    for (const note of notes) await call(note);
    return ++run;
  };`;

let given: GivenLambda;
let server: Server;
let noted: unknown[];

beforeEach(async () => {
  noted = [];
  given = givenLambda({
    services: () => ({ notes: notes(noted) }),
    lambda: { endpointUrl: () => urlOf(server) },
  });
  const { dispatcher, clock, report } = given.ground;
  const listener = createEndpoint({ dispatcher, clock, report, principalOf: () => ({ type: 'administrator' }) });
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await given.stop();
  server.closeAllConnections();
  server.close();
});

const arm = (effect: Fault['effect'], where: Fault['where'] = {}) =>
  given.ground.faults.inject({ at: 'lambda.call', where: { function: 'caller', ...where }, effect, times: 1 });

const DEAD = {
  status: 200,
  functionError: 'Unhandled',
  payload: {
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: signal: killed$/) as string,
  },
};

describe('an execution environment that dies at a call', () => {
  it.each<[Fault['effect'], string, readonly string[]]>([
    ['kill', 'is not worked on', ['one']],
    ['kill-after', 'has been worked on', ['one', 'two']],
  ])('of its own (%s): the call %s, and the next invocation gets a new environment', async (effect, _what, done) => {
    given.declare('caller', ONE_BY_ONE);
    expect((await given.invoke('caller', [])).payload).toBe(1);
    arm(effect, { operation: 'notes.Note', number: '2' });
    expect(await given.invoke('caller', ['one', 'two', 'three'])).toMatchObject(DEAD);
    expect(noted).toEqual(done);
    expect((await given.invoke('caller', ['four'])).payload).toBe(1);
    expect(await given.logOf('caller')).toEqual(
      expect.arrayContaining([expect.stringContaining('taking note'), expect.stringContaining('Runtime.ExitError')]),
    );
  });

  it('dies with it also where the service refuses', async () => {
    given.declare('caller', ONE_BY_ONE);
    arm('kill-after');
    expect(await given.invoke('caller', ['refused', 'two'])).toMatchObject(DEAD);
    expect(noted).toEqual(['refused']);
  });

  it('makes none of its other calls', async () => {
    given.declare(
      'caller',
      `${CALLER} export const handler = (notes) => Promise.race(notes.map((note) => call(note)));`,
    );
    arm('kill');
    expect(await given.invoke('caller', ['one', 'two', 'three', 'four'])).toMatchObject(DEAD);
    expect(noted).toEqual([]);
  });

  it('fails the invocation that waits for it where it was being initialized', async () => {
    given.declare('caller', `${CALLER} await call('early'); export const handler = async () => ++run;`);
    arm('kill-after', { number: '1' });
    expect(await given.invoke('caller')).toMatchObject(DEAD);
    expect((await given.invoke('caller')).payload).toBe(1);
    expect(noted).toEqual(['early', 'early']);
  });

  it('is of the function that was meant: no other is struck, nor who calls from outside', async () => {
    given.declare('other', ONE_BY_ONE);
    given.declare('caller', `${CALLER} export const handler = (note) => call(note, 'a token of another time');`);
    arm('kill');
    expect((await given.invoke('other', ['one'])).payload).toBe(1);
    expect((await given.invoke('caller', 'two')).payload).toBe(200);
    expect(noted).toEqual(['one', 'two']);
  });

  it('is found by number anew in each invocation', async () => {
    given.declare('caller', ONE_BY_ONE);
    arm('kill', { number: '3' });
    for (const run of [1, 2, 3]) expect((await given.invoke('caller', ['a', 'b'])).payload).toBe(run);
    expect(given.ground.faults.list()).toMatchObject([{ struck: 0 }]);
    expect(await given.invoke('caller', ['a', 'b', 'c'])).toMatchObject(DEAD);
  });
});

/** A service that takes notes, and refuses one of them after it has taken it. */
function notes(taken: unknown[]): AwsService {
  return {
    name: 'notes',
    wire: { protocol: 'json', version: '1.0', targetPrefix: 'Notes', errorNamespace: 'notes' },
    operations: {
      Note: operation<{ readonly note: unknown }, object>({
        parse: (raw) => ({ note: typeof raw === 'object' && raw !== null && 'note' in raw ? raw.note : undefined }),
        needs: () => [],
        run: ({ note }) => {
          taken.push(note);
          if (note === 'refused') throw new AwsError('Refused', 'no');
          return {};
        },
      }),
    },
  };
}

function urlOf(listening: Server): string {
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('a server that listens has an address');
  return `http://127.0.0.1:${address.port}`;
}
