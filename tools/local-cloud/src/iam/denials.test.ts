import type { Permission } from '../service.ts';
import { allow, BUS, deny, document, iamWith, QUEUE, ROLE, role, RULE, rule, TABLE } from './given-iam.ts';

describe('a denial (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html)', () => {
  const session = 'arn:aws:sts::000000000000:assumed-role/reader/reader';
  const send = { action: 'sqs:SendMessage', resource: QUEUE };
  const get = { action: 'dynamodb:GetItem', resource: TABLE };

  it("is worded as AWS words it and carries the service's own code", () => {
    const { iam } = iamWith({});
    expect(() => iam.authorize(role, get)).toThrow(
      expect.objectContaining({
        code: 'AccessDeniedException',
        status: 400,
        message:
          `User: ${session} is not authorized to perform: dynamodb:GetItem on resource: ${TABLE} ` +
          'because no identity-based policy allows the dynamodb:GetItem action',
      }),
    );
  });

  it('of SQS names the action in small letters, as SQS does', () => {
    const { iam } = iamWith({});
    expect(() => iam.authorize(role, send)).toThrow(
      expect.objectContaining({
        code: 'AccessDenied',
        status: 403,
        message:
          `User: ${session} is not authorized to perform: sqs:sendmessage on resource: ${QUEUE} ` +
          'because no identity-based policy allows the sqs:sendmessage action',
      }),
    );
  });

  it('of SES has the form that SES has kept', () => {
    const { iam } = iamWith({});
    const identity = 'arn:aws:ses:us-east-1:000000000000:identity/shop.example';
    expect(() => iam.authorize(role, { action: 'ses:SendEmail', resource: identity })).toThrow(
      expect.objectContaining({
        code: 'AccessDeniedException',
        status: 403,
        message: `User \`${session}' is not authorized to perform \`ses:SendEmail' on resource \`${identity}'`,
      }),
    );
  });

  it.each([
    ['states:StartExecution', 'AccessDeniedException', 400],
    ['lambda:InvokeFunction', 'AccessDeniedException', 403],
    ['sts:AssumeRole', 'AccessDenied', 403],
  ])('of %s is %s with status %d', (action, code, status) => {
    const { iam } = iamWith({});
    expect(() => iam.authorize(role, { action, resource: '*' })).toThrow(expect.objectContaining({ code, status }));
  });

  it('says which kind of policy denied explicitly, and needs no statement added', () => {
    const byRole = iamWith({ identity: [allow('*'), deny('sqs:*')] });
    expect(() => byRole.iam.authorize(role, send)).toThrow('with an explicit deny in an identity-based policy');
    expect(byRole.reports).toEqual([expect.stringMatching(/with an explicit deny in an identity-based policy$/)]);
    const byQueue = iamWith({ queue: [deny('*', QUEUE, { Principal: '*' })] }).iam;
    expect(() => byQueue.authorize(role, send)).toThrow('with an explicit deny in a resource-based policy');
  });

  it('is told at the terminal once, with the statement that the role lacks', () => {
    const { iam, reports } = iamWith({});
    for (let time = 0; time < 2; time++) expect(() => iam.authorize(role, get)).toThrow();
    expect(reports).toEqual([
      `denied: User: ${session} is not authorized to perform: dynamodb:GetItem on resource: ${TABLE} because no ` +
        `identity-based policy allows the dynamodb:GetItem action; the role ${ROLE} lacks ` +
        `{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"${TABLE}"}`,
    ]);
  });

  it("is told with the statement that the resource's policy lacks, where a service calls", () => {
    const { iam, reports } = iamWith({});
    expect(() => iam.authorize(rule, send)).toThrow(
      'because no resource-based policy allows the sqs:sendmessage action',
    );
    expect(reports).toEqual([
      expect.stringContaining(
        `; the policy of ${QUEUE} lacks {"Effect":"Allow","Action":"sqs:SendMessage","Resource":"${QUEUE}",` +
          `"Principal":{"Service":"events.amazonaws.com"},"Condition":{"ArnEquals":{"aws:SourceArn":"${RULE}"}}}`,
      ),
    ]);
  });

  it('is told with the values that a Condition did not fit', () => {
    const condition = { 'ForAllValues:StringEquals': { 'events:source': 'order' } };
    const { iam, reports } = iamWith({ identity: [allow('events:PutEvents', BUS, { Condition: condition })] });
    const context = { 'events:source': ['payment'] };
    expect(() => iam.authorize(role, { action: 'events:PutEvents', resource: BUS, context })).toThrow();
    expect(reports).toEqual([
      expect.stringMatching(
        /a statement of the role \S+ allows events:PutEvents on \S+ under a Condition that does not hold for {"events:source":\["payment"\]}$/,
      ),
    ]);
  });

  it('is taken back by a policy that is declared later', () => {
    const { iam, declare } = iamWith({});
    expect(() => iam.authorize(role, send)).toThrow();
    declare('AWS::IAM::Policy', 'P', { PolicyName: 'P', PolicyDocument: document(allow('sqs:*')), Roles: ['reader'] });
    expect(() => iam.authorize(role, send)).not.toThrow();
  });
});

describe('denials', () => {
  it('are kept by kind with how often they happened, until they are forgotten', () => {
    const { iam } = iamWith({});
    const get: Permission = { action: 'dynamodb:GetItem', resource: TABLE };
    for (const caller of [role, role, rule]) expect(() => iam.authorize(caller, get)).toThrow();
    expect(iam.denials.list()).toEqual([
      { principal: ROLE, ...get, times: 2, message: expect.stringContaining('no identity-based policy') },
      {
        principal: 'events.amazonaws.com',
        ...get,
        times: 1,
        message: expect.stringContaining('no resource-based policy'),
      },
    ]);
    iam.denials.forget();
    expect(iam.denials.list()).toEqual([]);
  });

  it('of more than a thousand kinds are not all kept', () => {
    const { iam } = iamWith({});
    for (let index = 0; index <= 1000; index++) {
      expect(() => iam.authorize(role, { action: 'dynamodb:GetItem', resource: `${TABLE}-${index}` })).toThrow();
    }
    expect(iam.denials.list()).toHaveLength(1000);
  });
});
