import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { callerOf, subjectOf } from './caller.ts';
import { request } from './given-request.ts';

/** A request as the gateway hands it over once it has checked its token. */
const authorized = (authorizer: unknown): APIGatewayProxyEventV2 => {
  const event = request();
  return request({ requestContext: Object.assign(event.requestContext, { authorizer }) });
};
const withClaims = (claims: Record<string, unknown>) => authorized({ jwt: { claims, scopes: null } });

describe('the caller', () => {
  it('is nobody in particular where the stage asks for no token', () => {
    expect(callerOf(request())).toBeUndefined();
  });

  it('is whom the token was issued to, whatever else it claims', () => {
    expect(callerOf(withClaims({ sub: 'customer-123', aud: 'orders', exp: '1768469400' }))).toBe('customer-123');
  });

  it.each([
    ['has no subject', {}],
    ['has an empty subject', { sub: '' }],
    ['has a subject that is no id', { sub: 'auth0|5f7c8ec7c33c6c004bbafe82' }],
    ['has a subject that would reach another key', { sub: '../customer-123' }],
    ['has a longer subject than an id may be', { sub: 'a'.repeat(65) }],
  ])('is refused where the token %s', (_what, claims) => {
    expect(() => callerOf(withClaims(claims))).toThrow(expect.objectContaining({ kind: 'forbidden', status: 403 }));
  });

  it.each([
    ['without a token', { iam: { userId: 'someone' } }],
    ['with a subject that is no text', { jwt: { claims: { sub: 7 } } }],
    ['as nothing', undefined],
  ])('is never taken for nobody where something else has authorized the request: %s', (_what, authorizer) => {
    expect(() => callerOf(authorized(authorizer))).toThrow();
  });
});

describe('the subject of a token', () => {
  it('need not be a customer', () => {
    expect(subjectOf(withClaims({ sub: 'client|warehouse 7' }))).toBe('client|warehouse 7');
  });

  it('is nobody where there is no token, or it has none', () => {
    expect([subjectOf(request()), subjectOf(withClaims({}))]).toEqual([undefined, undefined]);
  });

  it('is never nobody where something else has authorized the request', () => {
    expect(() => subjectOf(authorized({ iam: { userId: 'someone' } }))).toThrow();
  });
});
