/** Requests that no client would send in the protocols other than AWS JSON, and how each is answered. */
import { DEPTH, type MalformedCase } from './malformed-json-cases.ts';
import { bytesOf, type RawRequest } from './raw-client.ts';
import { signatureFor } from './test-bench.ts';

/** A request of an API of one's own, which is no AWS service. */
interface OwnCase {
  readonly what: string;
  readonly request: RawRequest;
  readonly status: number;
  readonly body: RegExp | string;
  readonly headers?: Readonly<Record<string, unknown>>;
}

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const identity = 'Action=GetCallerIdentity&Version=2011-06-15';
const mail = '/v2/email/outbound-emails';

/** REST-JSON (Lambda, SES) and query (STS). */
export const OTHER_CASES: readonly MalformedCase[] = [
  rest(
    'Lambda: no signature',
    { method: 'GET', path: '/2015-03-31/functions' },
    403,
    'MissingAuthenticationTokenException',
    '{"message":"Missing Authentication Token"}',
  ),
  rest(
    'Lambda: another service in the signature',
    { method: 'GET', path: '/2015-03-31/functions', headers: signatureFor('sqs') },
    403,
    'InvalidSignatureException',
    /correct service: 'lambda'/,
  ),
  rest(
    'Lambda: a path that cannot be read',
    { path: '/2015-03-31/functions/%zz/invocations', headers: signatureFor('lambda') },
    400,
    'SerializationException',
    /not well-formed/,
  ),
  rest(
    'Lambda: a function that there is not',
    { path: '/2015-03-31/functions/none/invocations', headers: signatureFor('lambda') },
    404,
    'ResourceNotFoundException',
    /Function not found: arn:aws:lambda/,
  ),
  rest(
    'Lambda: another method',
    { method: 'DELETE', path: '/2015-03-31/functions', headers: signatureFor('lambda') },
    501,
    'NotImplemented',
    /DELETE/,
  ),
  rest('SES: no signature', { path: mail, body: '{}' }, 403, 'MissingAuthenticationTokenException', /Missing/),
  rest(
    'SES: half a signature',
    { path: mail, body: '{}', headers: { authorization: 'AWS4-' } },
    403,
    'IncompleteSignatureException',
    /requires 'Credential'/,
  ),
  rest(
    'SES: broken JSON',
    { path: mail, body: '{', headers: signatureFor('ses') },
    400,
    'SerializationException',
    '{}',
  ),
  rest(
    'SES: a list',
    { path: mail, body: '[]', headers: signatureFor('ses') },
    400,
    'SerializationException',
    /Start of/,
  ),
  rest(
    'SES: deep lists',
    { path: mail, body: `{"a":${'['.repeat(DEPTH)}`, headers: signatureFor('ses') },
    400,
    'SerializationException',
    '{}',
  ),
  rest(
    'SES: another method',
    { method: 'PUT', path: mail, headers: signatureFor('ses') },
    501,
    'NotImplemented',
    /PUT/,
  ),
  query('no signature', { headers: form, body: identity }, 403, 'MissingAuthenticationToken'),
  query(
    'half a signature',
    { headers: { ...form, authorization: 'AWS4-' }, body: identity },
    403,
    'IncompleteSignature',
  ),
  query(
    'another service in the signature',
    { headers: { ...form, ...signatureFor('sqs') }, body: identity },
    403,
    'SignatureDoesNotMatch',
  ),
  query(
    'a version that there is not',
    { headers: { ...form, ...signatureFor('sts') }, body: 'Action=A&Version=1' },
    400,
    'InvalidAction',
  ),
  query('nothing in the form', { headers: { ...form, ...signatureFor('sts') } }, 400, 'InvalidAction'),
  query(
    'JSON in the form',
    { headers: { ...form, ...signatureFor('sts') }, body: '{"Action":"GetCallerIdentity"}' },
    400,
    'InvalidAction',
  ),
  query(
    'no UTF-8 in the form',
    { headers: { ...form, ...signatureFor('sts') }, body: Buffer.from('ff3dff', 'hex') },
    400,
    'InvalidAction',
  ),
  {
    what: 'nothing known, signed',
    bytes: bytesOf({ path: '/nothing', headers: signatureFor('s3') }),
    status: 404,
    body: '<UnknownOperationException/>\n',
  },
];

function rest(what: string, request: RawRequest, status: number, code: string, body: RegExp | string): MalformedCase {
  return { what, bytes: bytesOf(request), status, body, headers: { 'x-amzn-errortype': code } };
}

function query(what: string, request: RawRequest, status: number, code: string): MalformedCase {
  const body = new RegExp(`^<ErrorResponse xmlns="[^"]+"><Error><Type>Sender</Type><Code>${code}</Code><Message>`);
  return { what: `STS: ${what}`, bytes: bytesOf(request), status, body, headers: { 'content-type': 'text/xml' } };
}

const key = { authorization: 'Bearer sk_test_a' };

/** Stripe's form, the admin API and the issuer, none of which is AWS. */
export const OWN_CASES: readonly OwnCase[] = [
  {
    what: 'Stripe: no key',
    request: { path: '/v1/refunds', headers: form },
    status: 401,
    body: /"type":"invalid_request_error"/,
  },
  {
    what: 'Stripe: a path that there is not',
    request: { path: '/v1/none', headers: key },
    status: 404,
    body: /Unrecognized request URL/,
  },
  {
    what: 'Stripe: JSON',
    request: { path: '/v1/payment_intents', headers: key, body: '{"amount":1}' },
    status: 400,
    body: /"error":\{/,
  },
  {
    what: 'Stripe: a deep form',
    request: { path: '/v1/payment_intents', headers: key, body: `a${'[a]'.repeat(DEPTH)}=1` },
    status: 400,
    body: /nested too deeply/,
  },
  {
    what: 'Stripe: too much',
    request: { path: '/v1/payment_intents', headers: key, body: Buffer.alloc(1024 * 1024 + 1) },
    status: 413,
    body: /too large/,
  },
  {
    what: 'admin: broken JSON',
    request: { path: '/_local-cloud/faults', body: '{' },
    status: 400,
    body: '{"message":"the body is not JSON"}',
  },
  { what: 'admin: a list', request: { path: '/_local-cloud/faults', body: '[]' }, status: 400, body: /"message":/ },
  {
    what: 'admin: deep lists',
    request: { path: '/_local-cloud/faults', body: '['.repeat(DEPTH) },
    status: 400,
    body: /"message":/,
  },
  {
    what: 'admin: another method',
    request: { method: 'PATCH', path: '/_local-cloud/clock' },
    status: 404,
    body: /there is no PATCH/,
  },
  {
    what: 'admin: too much',
    request: { path: '/_local-cloud/faults', body: Buffer.alloc(1024 * 1024 + 1) },
    status: 413,
    body: /too large/,
  },
  {
    what: 'issuer: broken JSON',
    request: { path: '/_local-cloud/issuer/tokens', body: '{' },
    status: 400,
    body: '{"message":"the body is not JSON"}',
  },
];
