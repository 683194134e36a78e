import type { Permission, Principal } from '../service.ts';
import {
  administrator,
  allow,
  BUS,
  deny,
  document,
  iamWith,
  type Json,
  QUEUE,
  ROLE,
  role,
  RULE,
  rule,
  TABLE,
  trust,
} from './given-iam.ts';

function allows(policies: Parameters<typeof iamWith>[0], caller: Principal, permission: Permission): boolean {
  const { iam } = iamWith(policies);
  try {
    iam.authorize(caller, permission);
    return true;
  } catch {
    return false;
  }
}

describe('identity policies (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html)', () => {
  const get: Permission = { action: 'dynamodb:GetItem', resource: TABLE };

  it.each([
    ['nothing is allowed by default', [], false],
    ['an allow is enough', [allow('dynamodb:GetItem', TABLE)], true],
    ['another action is not', [allow('dynamodb:PutItem', TABLE)], false],
    ['another resource is not', [allow('dynamodb:GetItem', `${TABLE}-2`)], false],
    ['an action takes wildcards', [allow('dynamodb:Get*', TABLE)], true],
    ['an action takes ? for one character', [allow('dynamodb:Get?tem', TABLE)], true],
    ["an action's letters may be of either case", [allow('DynamoDB:getitem', TABLE)], true],
    ['every action is allowed by *', [allow('*')], true],
    ['one of many actions is enough', [allow(['dynamodb:PutItem', 'dynamodb:GetItem'], [QUEUE, TABLE])], true],
    ['a resource takes wildcards', [allow('dynamodb:GetItem', 'arn:aws:dynamodb:*:*:table/ord*')], true],
    ['a wildcard stays within its part of the ARN', [allow('dynamodb:GetItem', 'arn:aws:*:*:*:*:table/orders')], false],
    ['NotAction covers the others', [{ Effect: 'Allow', NotAction: 'sqs:*', Resource: '*' }], true],
    ['NotAction does not cover its own', [{ Effect: 'Allow', NotAction: 'dynamodb:*', Resource: '*' }], false],
    ['NotResource covers the others', [{ Effect: 'Allow', Action: '*', NotResource: QUEUE }], true],
    ['NotResource does not cover its own', [{ Effect: 'Allow', Action: '*', NotResource: TABLE }], false],
    ['an explicit deny wins', [allow('*'), deny('dynamodb:GetItem')], false],
    ['a deny of something else does not', [allow('*'), deny('dynamodb:PutItem')], true],
  ])('%s', (_, identity, expected) => {
    expect(allows({ identity }, role, get)).toBe(expected);
  });

  it('the resource part of an ARN may hold colons that a wildcard covers', () => {
    const resource = 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f:log-stream:s';
    expect(
      allows({ identity: [allow('logs:*', 'arn:aws:logs:us-east-1:000000000000:log-group:*')] }, role, {
        action: 'logs:PutLogEvents',
        resource,
      }),
    ).toBe(true);
  });

  it('a policy of its own and a managed policy count like an inline one', () => {
    const { iam, declare } = iamWith({});
    declare('AWS::IAM::Policy', 'P', {
      PolicyName: 'P',
      PolicyDocument: document(allow('dynamodb:GetItem')),
      Roles: ['reader'],
    });
    declare('AWS::IAM::Role', 'Logger', {
      AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
      RoleName: 'logger',
    });
    const logger: Principal = { type: 'role', arn: 'arn:aws:iam::000000000000:role/logger' };
    expect(() => iam.authorize(role, get)).not.toThrow();
    expect(() => iam.authorize(logger, { action: 'logs:PutLogEvents', resource: '*' })).not.toThrow();
    expect(() => iam.authorize(logger, get)).toThrow();
  });
});

describe('resource policies (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html)', () => {
  const send: Permission = { action: 'sqs:SendMessage', resource: QUEUE };
  const fromRule = (sourceArn: string) =>
    allow('sqs:SendMessage', QUEUE, {
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': sourceArn } },
    });

  it.each([
    ['a service needs one', [], rule, false],
    ['a service is let in by its name and source', [fromRule(RULE)], rule, true],
    ['a service is not let in from another source', [fromRule(`${RULE}-2`)], rule, false],
    [
      'another service is not let in',
      [allow('sqs:*', QUEUE, { Principal: { Service: 'sns.amazonaws.com' } })],
      rule,
      false,
    ],
    ['a role may be named', [allow('sqs:SendMessage', QUEUE, { Principal: { AWS: ROLE } })], role, true],
    ['everybody may be named', [allow('sqs:SendMessage', QUEUE, { Principal: '*' })], role, true],
    ['everybody may be named as AWS', [allow('sqs:SendMessage', QUEUE, { Principal: { AWS: '*' } })], role, true],
    ['another role is not let in', [allow('sqs:*', QUEUE, { Principal: { AWS: `${ROLE}-2` } })], role, false],
    ['a statement about another queue says nothing', [allow('sqs:*', `${QUEUE}-2`, { Principal: '*' })], role, false],
    [
      'trusting the account leaves the decision to identity policies',
      [allow('sqs:SendMessage', QUEUE, { Principal: { AWS: 'arn:aws:iam::000000000000:root' } })],
      role,
      false,
    ],
    ['the administrator needs none', [], administrator, true],
    ['a deny holds for the administrator too', [deny('sqs:*', QUEUE, { Principal: '*' })], administrator, false],
    [
      'a deny to the account holds for its roles',
      [allow('sqs:*', QUEUE, { Principal: '*' }), deny('sqs:*', QUEUE, { Principal: { AWS: '000000000000' } })],
      role,
      false,
    ],
  ])('%s', (_, queue, caller, expected) => {
    expect(allows({ queue }, caller, send)).toBe(expected);
  });

  it('lets a service invoke a function from the ARN that the permission names', () => {
    const { iam, declare } = iamWith({});
    declare('AWS::Lambda::Permission', 'P', {
      Action: 'lambda:InvokeFunction',
      FunctionName: 'f',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: 'arn:aws:execute-api:us-east-1:000000000000:api1/*/*/orders',
    });
    const invoke = { action: 'lambda:InvokeFunction', resource: 'arn:aws:lambda:us-east-1:000000000000:function:f' };
    const gateway = (path: string): Principal => ({
      type: 'service',
      name: 'apigateway.amazonaws.com',
      sourceArn: `arn:aws:execute-api:us-east-1:000000000000:api1/${path}`,
    });
    expect(() => iam.authorize(gateway('dev/POST/orders'), invoke)).not.toThrow();
    expect(() => iam.authorize(gateway('dev/POST/products'), invoke)).toThrow();
  });

  it('keeps a source on the bus to its owner', () => {
    const publish = (source: string[], caller: Principal) => {
      const bus = [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'events:PutEvents',
          Resource: BUS,
          Condition: {
            'ForAnyValue:StringEquals': { 'events:source': 'order' },
            ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::000000000000:role/order-*' },
          },
        },
      ];
      return allows({ identity: [allow('events:PutEvents', BUS)], bus }, caller, {
        action: 'events:PutEvents',
        resource: BUS,
        context: { 'events:source': source },
      });
    };
    expect(publish(['payment'], role)).toBe(true);
    expect(publish(['payment', 'order'], role)).toBe(false);
    expect(publish(['order'], administrator)).toBe(false);
  });
});

describe('what is not supported in a policy (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html)', () => {
  const declaring = (statement: Json) => () => iamWith({ identity: [statement] });
  it.each<[string, Json, string]>([
    [
      'an operator',
      allow('*', '*', { Condition: { DateLessThan: { 'aws:PrincipalArn': 'x' } } }),
      'the condition operator DateLessThan is not supported',
    ],
    [
      'a key',
      allow('*', '*', { Condition: { StringEquals: { 'aws:SourceIp': 'x' } } }),
      'the condition key aws:SourceIp is not supported',
    ],
    [
      'a policy variable',
      allow('*', '*', { Condition: { StringEquals: { 'aws:PrincipalArn': '${aws:username}' } } }),
      'the policy variable in ${aws:username} is not supported',
    ],
    [
      'a wildcard that is escaped',
      allow('*', '*', { Condition: { StringLike: { 'aws:PrincipalArn': '*${*}' } } }),
      'the policy variable in *${*} is not supported',
    ],
    ['a policy variable in a resource', allow('*', `${TABLE}-\${aws:PrincipalTag/team}`), 'the policy variable in '],
    [
      'a list compared as one value',
      allow('*', '*', { Condition: { StringEquals: { 'events:source': 'x' } } }),
      'needs ForAllValues: or ForAnyValue:',
    ],
    ['an element', allow('*', '*', { NotPrincipal: '*' }), 'NotPrincipal is not supported'],
    ['an action beside its opposite', allow('*', '*', { NotAction: '*' }), 'either Action or NotAction'],
    ['a statement without a resource', { Effect: 'Allow', Action: '*' }, 'either Resource or NotResource'],
    ['an effect that there is not', { ...allow('*'), Effect: 'Maybe' }, 'Effect'],
    ['a statement without an action', { Effect: 'Allow', Resource: '*' }, 'either Action or NotAction'],
    ['a resource that is no ARN', allow('*', 'orders'), 'Resource orders must be in ARN format or "*"'],
    ['a principal in an identity policy', allow('*', '*', { Principal: '*' }), 'must not have a Principal'],
  ])('%s stops the start', (_, statement, message) => {
    expect(declaring(statement)).toThrow(message);
  });

  it('an unknown property is named', () => {
    const { declare } = iamWith({});
    expect(() =>
      declare('AWS::IAM::Role', 'R', { AssumeRolePolicyDocument: trust('x'), PermissionsBoundary: 'arn' }),
    ).toThrow('the property PermissionsBoundary is not supported');
  });
});

describe('keys (https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html)', () => {
  it('belong to the role whose they are, and an unknown one to the administrator', () => {
    const { iam } = iamWith({});
    const { accessKeyId } = iam.accessKeyFor(ROLE);
    expect(iam.accessKeyFor(ROLE).accessKeyId).toBe(accessKeyId);
    expect(iam.principalOf(accessKeyId)).toEqual(role);
    expect(iam.principalOf('AKIDEXAMPLE')).toEqual(administrator);
  });

  it('are not given for a role that nobody declared or that Lambda may not assume', () => {
    const { iam, declare } = iamWith({});
    declare('AWS::IAM::Role', 'S', { RoleName: 'states', AssumeRolePolicyDocument: trust('states.amazonaws.com') });
    expect(() => iam.accessKeyFor('arn:aws:iam::000000000000:role/none')).toThrow('no template declares the role');
    expect(() => iam.accessKeyFor('arn:aws:iam::000000000000:role/states')).toThrow('cannot be assumed by Lambda');
  });
});

describe('generated role names (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html)', () => {
  it('are unique, at most 64 characters, and the same on every start', () => {
    const name = (logicalId: string) =>
      iamWith({}).declare('AWS::IAM::Role', logicalId, { AssumeRolePolicyDocument: trust('lambda.amazonaws.com') })
        ?.ref;
    const long = 'A'.repeat(90);
    expect(name(long)).toBe(name(long));
    expect(name(long)).not.toBe(name(`${long}B`));
    expect(name(long)).toHaveLength(64);
  });
});
