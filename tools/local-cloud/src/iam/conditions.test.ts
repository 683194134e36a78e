/** Condition operators, as the user guide's pages on them state (reference_policies_elements_condition_operators.html). */
import type { Permission, Principal } from '../service.ts';
import { decide } from './evaluate.ts';
import { policyDocument, resourceStatements } from './policy.ts';

const ROLE = 'arn:aws:iam::000000000000:role/reader';
const RULE = 'arn:aws:events:us-east-1:000000000000:rule/main/placed';
const BUS = 'arn:aws:events:us-east-1:000000000000:event-bus/main';

const reader: Principal = { type: 'role', arn: ROLE };

type Json = Record<string, unknown>;

/** Whether a statement that allows everything lets a caller in under this condition; the role, unless told. */
function holds(
  condition: Json,
  context: Record<string, string[]> = {},
  { caller = reader, principal = '*' }: { readonly caller?: Principal; readonly principal?: string | Json } = {},
): boolean {
  const statement = { Effect: 'Allow', Principal: principal, Action: '*', Resource: '*', Condition: condition };
  const permission: Permission = { action: 'events:PutEvents', resource: BUS, context };
  const { Statement: statements } = policyDocument.parse({ Statement: statement });
  return decide(caller, permission, [], resourceStatements(statements)).allowed;
}

describe('conditions (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html)', () => {
  const one = { 'aws:PrincipalArn': ROLE };

  it.each<[string, Json, boolean]>([
    ['StringEquals is exact', { StringEquals: one }, true],
    ['StringEquals knows no wildcard', { StringEquals: { 'aws:PrincipalArn': '*' } }, false],
    ['one of many values is enough', { StringEquals: { 'aws:PrincipalArn': ['x', ROLE] } }, true],
    ['every operator must hold', { StringEquals: one, Bool: { 'aws:SecureTransport': 'false' } }, false],
    ['a key may be written in either case', { StringEquals: { 'AWS:principalarn': ROLE } }, true],
    ['every key of an operator must hold', { StringEquals: { ...one, 'aws:PrincipalAccount': '1' } }, false],
    ['the account is known', { StringEquals: { ...one, 'aws:PrincipalAccount': '000000000000' } }, true],
    ['StringNotEquals is its opposite', { StringNotEquals: one }, false],
    ['StringNotEquals wants none of many values', { StringNotEquals: { 'aws:PrincipalArn': ['x', ROLE] } }, false],
    ['StringNotLike is the opposite of StringLike', { StringNotLike: { 'aws:PrincipalArn': '*:role/r*' } }, false],
    ['ArnNotEquals is the opposite of ArnEquals', { ArnNotEquals: one }, false],
    ['ArnNotLike is the opposite of ArnLike', { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/w*' } }, true],
    ['ArnLike does not reach across colons', { ArnLike: { 'aws:PrincipalArn': 'arn:*:role/reader' } }, false],
    ['StringLike does', { StringLike: { 'aws:PrincipalArn': 'arn:*:role/reader' } }, true],
    ['? stands for one character', { StringLike: { 'aws:PrincipalArn': '*:role/r?der' } }, false],
    ['Bool takes either case', { Bool: { 'aws:SecureTransport': 'TRUE' } }, true],
    ['a role is no service', { Bool: { 'aws:PrincipalIsAWSService': 'false' } }, true],
    ['StringLike knows wildcards', { StringLike: { 'aws:PrincipalArn': '*:role/r?ader' } }, true],
    ['ArnLike compares part by part', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } }, true],
    ['ArnEquals behaves like ArnLike', { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } }, true],
    ['Bool compares truth', { Bool: { 'aws:SecureTransport': true } }, true],
    ['the loopback counts as TLS', { Bool: { 'aws:SecureTransport': 'false' } }, false],
    ['a missing key fails StringEquals', { StringEquals: { 'aws:SourceArn': RULE } }, false],
    ['a missing key passes StringNotEquals', { StringNotEquals: { 'aws:SourceArn': RULE } }, true],
    ['a missing key passes IfExists', { StringEqualsIfExists: { 'aws:SourceArn': RULE } }, true],
    ['a present key is still compared by IfExists', { StringEqualsIfExists: { 'aws:PrincipalArn': 'x' } }, false],
    ['Null true wants the key absent', { Null: { 'aws:SourceArn': 'true' } }, true],
    ['Null false wants the key present', { Null: { 'aws:SourceArn': 'false' } }, false],
    ['Null false is content with a key that is present', { Null: { 'aws:PrincipalArn': 'false' } }, true],
    ['a missing key fails ArnLike', { ArnLike: { 'aws:SourceArn': RULE } }, false],
    ['a missing key passes ArnNotLike', { ArnNotLike: { 'aws:SourceArn': RULE } }, true],
  ])('%s', (_, condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  const equals = (set: string, operator = 'StringEquals') => ({
    [`${set}:${operator}`]: { 'events:source': ['a', 'b'] },
  });
  it.each<[string, Json, string[] | undefined, boolean]>([
    ['ForAllValues wants each value covered', equals('ForAllValues'), ['a', 'b'], true],
    ['ForAllValues fails on one that is not', equals('ForAllValues'), ['a', 'c'], false],
    ['ForAllValues passes where there is none', equals('ForAllValues'), undefined, true],
    [
      'ForAllValues and Null false together do not',
      { ...equals('ForAllValues'), Null: { 'events:source': 'false' } },
      undefined,
      false,
    ],
    ['ForAnyValue wants one value covered', equals('ForAnyValue'), ['c', 'b'], true],
    ['ForAnyValue fails on none that is', equals('ForAnyValue'), ['c'], false],
    ['ForAnyValue fails where there is none', equals('ForAnyValue'), undefined, false],
    ['ForAnyValue of a negation fails where there is none', equals('ForAnyValue', 'StringNotEquals'), undefined, false],
    [
      'ForAllValues knows wildcards with StringLike',
      { 'ForAllValues:StringLike': { 'events:source': 'a*' } },
      ['a', 'ab'],
      true,
    ],
    ['ForAllValues of a negation wants none covered', equals('ForAllValues', 'StringNotEquals'), ['c', 'b'], false],
    ['ForAnyValue of a negation wants one not covered', equals('ForAnyValue', 'StringNotEquals'), ['c', 'b'], true],
  ])('%s', (_, condition, source, expected) => {
    expect(holds(condition, source === undefined ? {} : { 'events:source': source })).toBe(expected);
  });
});

describe('a service that calls (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html)', () => {
  const rule: Principal = { type: 'service', name: 'events.amazonaws.com', sourceArn: RULE };
  const named = { AWS: '*' };

  it.each<[string, Json, boolean]>([
    ['is known by what it calls for', { ArnEquals: { 'aws:SourceArn': RULE } }, true],
    ['is not taken for something else', { ArnEquals: { 'aws:SourceArn': `${RULE}-2` } }, false],
    ['is known by the account', { StringEquals: { 'aws:SourceAccount': '000000000000' } }, true],
    ['is a service', { Bool: { 'aws:PrincipalIsAWSService': 'true' } }, true],
    ['has no ARN of its own', { Null: { 'aws:PrincipalArn': 'true' } }, true],
  ])('%s', (_, condition, expected) => {
    const service = { Service: 'events.amazonaws.com' };
    expect(holds(condition, {}, { caller: rule, principal: service })).toBe(expected);
    expect(holds(condition, {}, { caller: rule, principal: named })).toBe(expected);
  });
});
