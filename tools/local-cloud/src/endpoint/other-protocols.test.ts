/** The endpoint speaking REST-JSON to the real clients, and the query protocol. */
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { clientOf, serveBench, signatureFor } from './test-bench.ts';

let bench: Awaited<ReturnType<typeof serveBench>>;
beforeAll(async () => {
  bench = await serveBench();
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.seen.length = 0;
  bench.reported.length = 0;
});

describe('the REST-JSON protocol (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html)', () => {
  it('puts path, query, headers and payload into the input', async () => {
    const name = 'arn:aws:lambda:us-east-1:000000000000:function:f';
    const invoke = new InvokeCommand({
      FunctionName: name,
      InvocationType: 'Event',
      Qualifier: '$LATEST',
      Payload: Buffer.from('{"n":1}'),
    });
    const answer = await new LambdaClient(clientOf(bench.endpoint)).send(invoke);
    expect(bench.seen[0]?.input).toEqual({
      FunctionName: name,
      Qualifier: '$LATEST',
      InvocationType: 'Event',
      Payload: Buffer.from('{"n":1}'),
    });
    expect(answer.ExecutedVersion).toBe('$LATEST');
    expect(Buffer.from(answer.Payload ?? []).toString()).toBe('{"ok":true}');
  });

  it('takes query parameters of an operation without a body', async () => {
    const answer = await new LambdaClient(clientOf(bench.endpoint)).send(new ListFunctionsCommand({ MaxItems: 5 }));
    expect(bench.seen[0]?.input).toEqual({ MaxItems: '5' });
    expect(answer.Functions).toEqual([]);
  });

  it('names its errors in a header', async () => {
    const email = new SendEmailCommand({
      Destination: { ToAddresses: ['a@b.c'] },
      Content: { Template: { TemplateName: 't' } },
    });
    await expect(new SESv2Client(clientOf(bench.endpoint)).send(email)).rejects.toMatchObject({
      name: 'MessageRejected',
      message: 'Email address is not verified.',
    });
  });

  it.each([
    ['an unsigned request', '/2015-03-31/functions', {}, 403, 'Missing|missing'],
    ['an unsigned path that nobody knows', '/nothing', {}, 403, 'Missing Authentication Token'],
    ['a signed path that nobody knows', '/nothing', signatureFor('s3'), 404, '<UnknownOperationException/>'],
    [
      "a known service's path that is not implemented",
      '/2018-10-31/layers',
      signatureFor('lambda'),
      501,
      'lambda:GET /2018-10-31/layers',
    ],
  ])('refuses %s', async (_, path, headers, status, words) => {
    const response = await fetch(`${bench.endpoint}${path}`, { headers });
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(new RegExp(words));
  });
});

describe('the query protocol (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html)', () => {
  const form = (body: string, headers: Record<string, string> = signatureFor('sts')) =>
    bench.post({ ...headers, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body);

  it('answers in XML', async () => {
    const response = await form('Action=GetCallerIdentity&Version=2011-06-15');
    expect(response.headers.get('content-type')).toBe('text/xml');
    expect(await response.text()).toContain(
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>000000000000</Account>',
    );
  });

  it.each([
    [
      'a version that no service has',
      'Action=GetCallerIdentity&Version=2000-01-01',
      signatureFor('sts'),
      400,
      '<Code>InvalidAction</Code>',
    ],
    [
      'an action that is not implemented',
      'Action=AssumeRole&Version=2011-06-15',
      signatureFor('sts'),
      501,
      '<Code>NotImplemented</Code>',
    ],
    [
      'an unsigned form',
      'Action=GetCallerIdentity&Version=2011-06-15',
      {},
      403,
      '<Code>MissingAuthenticationToken</Code>',
    ],
  ])('refuses %s', async (_, body, headers, status, words) => {
    const response = await form(body, headers);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(words);
  });
});
