/** IAM's decisions, as the user guide's pages on evaluation logic and condition operators state them. */
import type { Permission, Principal } from '../service.ts';
import { createIam } from './index.ts';

const ROLE = 'arn:aws:iam::000000000000:role/reader';
const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:inbox';
const BUS = 'arn:aws:events:us-east-1:000000000000:event-bus/main';
const RULE = 'arn:aws:events:us-east-1:000000000000:rule/main/placed';
const role: Principal = { type: 'role', arn: ROLE };
const rule: Principal = { type: 'service', name: 'events.amazonaws.com', sourceArn: RULE };
const administrator: Principal = { type: 'administrator' };

type Json = Record<string, unknown>;
const document = (...statements: Json[]): Json => ({ Version: '2012-10-17', Statement: statements });
const allow = (Action: unknown, Resource: unknown = '*', more: Json = {}): Json => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const deny = (Action: unknown, Resource: unknown = '*', more: Json = {}): Json => ({
  Effect: 'Deny',
  Action,
  Resource,
  ...more,
});
const trust = (service: string): Json =>
  document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } });

/** IAM with the role `reader`, its policy, and the policies that stand on the queue and the bus. */
function iamWith(policies: { readonly identity?: Json[]; readonly queue?: Json[]; readonly bus?: Json[] }) {
  const reports: string[] = [];
  const iam = createIam({ report: (line) => reports.push(line) });
  const declare = (type: string, logicalId: string, properties: Json) =>
    iam.resources[type]?.({ stack: 'stack', logicalId, type, properties });
  const inline =
    policies.identity === undefined ? [] : [{ PolicyName: 'p', PolicyDocument: document(...policies.identity) }];
  declare('AWS::IAM::Role', 'Role', {
    RoleName: 'reader',
    AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
    Policies: inline,
  });
  if (policies.queue !== undefined) {
    declare('AWS::SQS::QueuePolicy', 'QP', {
      Queues: ['http://localhost/000000000000/inbox'],
      PolicyDocument: document(...policies.queue),
    });
  }
  for (const [index, statement] of (policies.bus ?? []).entries()) {
    declare('AWS::Events::EventBusPolicy', `BP${index}`, {
      EventBusName: 'main',
      StatementId: `s${index}`,
      Statement: statement,
    });
  }
  return { iam, reports, declare };
}

function allows(policies: Parameters<typeof iamWith>[0], caller: Principal, permission: Permission): boolean {
  const { iam } = iamWith(policies);
  try {
    iam.authorize(caller, permission);
    return true;
  } catch {
    return false;
  }
}

describe('identity policies', () => {
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

describe('resource policies', () => {
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

describe('what is not supported', () => {
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
      'a list compared as one value',
      allow('*', '*', { Condition: { StringEquals: { 'events:source': 'x' } } }),
      'needs ForAllValues: or ForAnyValue:',
    ],
    ['an element', allow('*', '*', { NotPrincipal: '*' }), 'NotPrincipal is not supported'],
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

describe('a denial', () => {
  const send = { action: 'sqs:SendMessage', resource: QUEUE };

  it("is worded as AWS words it and carries the service's own code", () => {
    const { iam, reports } = iamWith({});
    const text =
      'User: arn:aws:sts::000000000000:assumed-role/reader/reader is not authorized to perform: sqs:SendMessage ' +
      `on resource: ${QUEUE} because no identity-based policy allows the sqs:SendMessage action`;
    expect(() => iam.authorize(role, send)).toThrow(
      expect.objectContaining({ code: 'AccessDenied', status: 403, message: text }),
    );
    expect(() => iam.authorize(role, send)).toThrow();
    expect(reports).toEqual([`denied: ${text}`]);
  });

  it.each([
    ['dynamodb:GetItem', 'AccessDeniedException', 400],
    ['lambda:InvokeFunction', 'AccessDeniedException', 403],
  ])('of %s is %s with status %d', (action, code, status) => {
    const { iam } = iamWith({});
    expect(() => iam.authorize(role, { action, resource: '*' })).toThrow(expect.objectContaining({ code, status }));
  });

  it('says which kind of policy denied explicitly', () => {
    const byRole = iamWith({ identity: [allow('*'), deny('sqs:*')] }).iam;
    expect(() => byRole.authorize(role, send)).toThrow('with an explicit deny in an identity-based policy');
    const byQueue = iamWith({ queue: [deny('*', QUEUE, { Principal: '*' })] }).iam;
    expect(() => byQueue.authorize(role, send)).toThrow('with an explicit deny in a resource-based policy');
  });

  it('is taken back by a policy that is declared later', () => {
    const { iam, declare } = iamWith({});
    expect(() => iam.authorize(role, send)).toThrow();
    declare('AWS::IAM::Policy', 'P', { PolicyName: 'P', PolicyDocument: document(allow('sqs:*')), Roles: ['reader'] });
    expect(() => iam.authorize(role, send)).not.toThrow();
  });
});

describe('keys', () => {
  it('belong to the role whose they are, and an unknown one to the administrator', () => {
    const { iam } = iamWith({});
    const { accessKeyId } = iam.credentialsFor(ROLE);
    expect(iam.credentialsFor(ROLE).accessKeyId).toBe(accessKeyId);
    expect(iam.principalOf(accessKeyId)).toEqual(role);
    expect(iam.principalOf('AKIDEXAMPLE')).toEqual(administrator);
  });

  it('are not given for a role that nobody declared or that Lambda may not assume', () => {
    const { iam, declare } = iamWith({});
    declare('AWS::IAM::Role', 'S', { RoleName: 'states', AssumeRolePolicyDocument: trust('states.amazonaws.com') });
    expect(() => iam.credentialsFor('arn:aws:iam::000000000000:role/none')).toThrow('no template declares the role');
    expect(() => iam.credentialsFor('arn:aws:iam::000000000000:role/states')).toThrow('cannot be assumed by Lambda');
  });
});

describe('generated role names', () => {
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

describe('actions that nobody used', () => {
  it('are listed by role', () => {
    const { iam } = iamWith({ identity: [allow(['sqs:SendMessage', 'sqs:PurgeQueue', 'dynamodb:Get*'])] });
    iam.authorize(role, { action: 'sqs:SendMessage', resource: QUEUE });
    iam.authorize(role, { action: 'dynamodb:GetItem', resource: TABLE });
    expect(iam.unusedActions()).toEqual([{ role: ROLE, action: 'sqs:PurgeQueue' }]);
  });
});
