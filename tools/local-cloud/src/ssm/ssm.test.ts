import { Activity } from '../activity.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import type { Part } from '../part.ts';
import type { Permission } from '../service.ts';
import { Signals } from '../signals.ts';
import { createSsm } from './index.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 5, 7, 250);
const KEY = '/shop/dev/payment/stripe-api-key';

let database: Database;
let dispatcher: Dispatcher;
let ssm: Part;
let asked: Permission[];

function open(secret = 'sk_test_local') {
  asked = [];
  const faults = new Faults();
  dispatcher = new Dispatcher({ authorize: (_principal, permission) => void asked.push(permission) }, faults);
  const ground = {
    clock: new Clock({ frozenAt: NOW }),
    database,
    dispatcher,
    signals: new Signals(),
    activity: new Activity(),
    faults,
    random: () => 0.5,
    report: () => undefined,
  };
  ssm = createSsm(ground, { seed: { [KEY]: secret } });
  for (const [id, service] of Object.entries(ssm.services)) dispatcher.register(id, service);
}

const call = (operation: string, input: object) => dispatcher.call('ssm', operation, input, { type: 'administrator' });
const declare = (properties: Record<string, unknown>) =>
  ssm.resources['AWS::SSM::Parameter']?.({ stack: 'shop', logicalId: 'Url', type: 'AWS::SSM::Parameter', properties });

beforeEach(() => {
  database = new Database(':memory:');
  open();
});

describe('a seeded secret (https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html)', () => {
  it('is read with decryption, and tells nothing without', async () => {
    expect(await call('GetParameter', { Name: KEY, WithDecryption: true })).toEqual({
      Parameter: {
        Name: KEY,
        Type: 'SecureString',
        Value: 'sk_test_local',
        Version: 1,
        LastModifiedDate: NOW / 1000,
        ARN: `arn:aws:ssm:us-east-1:000000000000:parameter${KEY}`,
        DataType: 'text',
      },
    });
    expect(JSON.stringify(await call('GetParameter', { Name: KEY }))).not.toContain('sk_test_local');
    expect(asked[0]).toEqual({
      action: 'ssm:GetParameter',
      resource: `arn:aws:ssm:us-east-1:000000000000:parameter${KEY}`,
    });
  });

  it('that was rotated stays so after a restart, until its seed is another', async () => {
    const rotated = { Name: KEY, Value: 'sk_test_new', Type: 'SecureString' };
    await expect(call('PutParameter', rotated)).rejects.toMatchObject({ code: 'ParameterAlreadyExists' });
    expect(await call('PutParameter', { ...rotated, Overwrite: true })).toEqual({ Version: 2, Tier: 'Standard' });
    open();
    const read = { Name: KEY, WithDecryption: true };
    expect(await call('GetParameter', read)).toMatchObject({ Parameter: { Value: 'sk_test_new' } });
    open('sk_test_other');
    expect(await call('GetParameter', read)).toMatchObject({ Parameter: { Value: 'sk_test_other', Version: 3 } });
  });
});

describe('a declared parameter (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html)', () => {
  it('is there by its name, and is put again when its declaration changes', async () => {
    expect(declare({ Name: 'url', Type: 'String', Value: 'one' })).toEqual({
      ref: 'url',
      attributes: { Type: 'String', Value: 'one' },
    });
    await call('PutParameter', { Name: 'url', Value: 'by hand', Overwrite: true });
    declare({ Name: 'url', Type: 'String', Value: 'one' });
    expect(await call('GetParameter', { Name: 'url' })).toMatchObject({ Parameter: { Value: 'by hand', Version: 2 } });
    declare({ Name: 'url', Type: 'String', Value: 'two' });
    expect(await call('GetParameter', { Name: 'url' })).toMatchObject({ Parameter: { Value: 'two', Version: 3 } });
    expect(asked[0]?.resource).toBe('arn:aws:ssm:us-east-1:000000000000:parameter/url');
  });

  it('cannot be a secret, or have a property that is not supported', () => {
    expect(() => declare({ Name: 'a', Type: 'SecureString', Value: 'b' })).toThrow('the property Type does not fit');
    expect(() => declare({ Name: 'a', Type: 'String', Value: 'b', Policies: '[]' })).toThrow(
      'Policies is not supported',
    );
  });
});

describe('GetParameter (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html)', () => {
  it('does not find what there is not, and says nothing more', async () => {
    await expect(call('GetParameter', { Name: 'none' })).rejects.toMatchObject({
      code: 'ParameterNotFound',
      status: 400,
      message: '',
    });
  });

  it('shows what is no secret with or without decryption', async () => {
    declare({ Name: 'url', Type: 'StringList', Value: 'one,two' });
    for (const WithDecryption of [true, false]) {
      expect(await call('GetParameter', { Name: 'url', WithDecryption })).toMatchObject({
        Parameter: { Type: 'StringList', Value: 'one,two' },
      });
    }
  });

  it('tells names apart by the case of their letters, and a slash in front', async () => {
    await call('PutParameter', { Name: 'Url', Value: 'x', Type: 'String' });
    for (const Name of ['url', '/Url']) {
      await expect(call('GetParameter', { Name })).rejects.toMatchObject({ code: 'ParameterNotFound' });
    }
  });

  it.each([
    ['no name', {}],
    ['an empty name', { Name: '' }],
    ['a number', { Name: 7 }],
    ['2,049 characters', { Name: 'x'.repeat(2049) }],
  ])('refuses %s', async (_what, input) => {
    await expect(call('GetParameter', input)).rejects.toMatchObject({ code: 'ValidationException' });
  });
});

describe('GetParameters (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html)', () => {
  it('reads together, with the names that there are not', async () => {
    declare({ Name: 'url', Type: 'String', Value: 'one' });
    expect(await call('GetParameters', { Names: ['url', 'none', KEY], WithDecryption: true })).toMatchObject({
      Parameters: [{ Name: 'url' }, { Name: KEY, Value: 'sk_test_local' }],
      InvalidParameters: ['none'],
    });
    expect(asked.map(({ action }) => action)).toEqual(Array(3).fill('ssm:GetParameters'));
  });

  it('takes ten names, and neither eleven nor none', async () => {
    const Names = (count: number) => Array.from({ length: count }, (_, index) => `name-${index}`);
    expect(await call('GetParameters', { Names: Names(10) })).toEqual({
      Parameters: [],
      InvalidParameters: Names(10),
    });
    for (const count of [0, 11]) {
      await expect(call('GetParameters', { Names: Names(count) })).rejects.toMatchObject({
        code: 'ValidationException',
      });
    }
  });
});

describe('PutParameter (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html)', () => {
  const put = (changes: object) => call('PutParameter', { Name: 'one', Value: 'x', Type: 'String', ...changes });

  it('takes 4,096 bytes, and no more', async () => {
    expect(await put({ Value: 'x'.repeat(4096) })).toEqual({ Version: 1, Tier: 'Standard' });
    expect(await put({ Name: 'two', Value: 'ü'.repeat(2048) })).toMatchObject({ Version: 1 });
    const tooLarge = {
      code: 'ValidationException',
      message:
        'Standard tier parameters support a maximum parameter value of 4096 characters. ' +
        'To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.',
    };
    await expect(put({ Name: 'three', Value: 'x'.repeat(4097) })).rejects.toMatchObject(tooLarge);
    await expect(put({ Name: 'three', Value: 'ü'.repeat(2049) })).rejects.toMatchObject(tooLarge);
    await expect(put({ Name: 'three', Value: '' })).rejects.toMatchObject({ code: 'ValidationException' });
  });

  it('does not overwrite unless it is told to', async () => {
    await put({});
    await expect(put({ Value: 'y' })).rejects.toMatchObject({
      code: 'ParameterAlreadyExists',
      message:
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    });
    expect(await put({ Value: 'y', Overwrite: true })).toEqual({ Version: 2, Tier: 'Standard' });
  });

  it('needs a type for what is new, keeps it for what is there, and never changes it', async () => {
    await expect(put({ Type: undefined })).rejects.toMatchObject({
      code: 'ValidationException',
      message: 'A parameter type is required when you create a parameter.',
    });
    await put({ Type: 'SecureString' });
    await put({ Type: undefined, Value: 'y', Overwrite: true });
    expect(await call('GetParameter', { Name: 'one', WithDecryption: true })).toMatchObject({
      Parameter: { Type: 'SecureString', Value: 'y', Version: 2 },
    });
    await expect(put({ Overwrite: true })).rejects.toMatchObject({ code: 'HierarchyTypeMismatchException' });
    await expect(put({ Name: 'two', Type: 'Number' })).rejects.toMatchObject({ code: 'ValidationException' });
  });
});

describe('a name (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html)', () => {
  const put = (Name: string) => call('PutParameter', { Name, Value: 'x', Type: 'String' });
  const levels = (count: number) => '/level'.repeat(count);
  const malformed = { code: 'ValidationException', message: expect.stringContaining('can\'t be prefixed with "ssm"') };

  it.each([
    ['a word', 'url'],
    ['a path', '/Shop/dev/Stripe_api-key.1'],
    ['aws within it', '/my-aws'],
    ['fifteen levels', levels(15)],
    ['1,011 characters', 'x'.repeat(1011)],
  ])('may be or have %s', async (_what, name) => {
    expect(await put(name)).toMatchObject({ Version: 1 });
    expect(await call('GetParameter', { Name: name })).toMatchObject({ Parameter: { Name: name } });
  });

  it('loses the blanks around it', async () => {
    await put(' url ');
    expect(await call('GetParameter', { Name: 'url' })).toMatchObject({ Parameter: { Value: 'x' } });
  });

  it.each([
    ['a blank within', 'my url', malformed],
    ['another sign', '/shop/a@b', malformed],
    ['an empty level', '/shop//url', malformed],
    ['a slash at its end', '/shop/', malformed],
    ['ssm at its beginning', 'SSMthing', malformed],
    ['ssm as its first level', '/ssm/url', malformed],
    [
      'aws at its beginning',
      '/AwsShop/url',
      { code: 'AccessDeniedException', message: 'No access to reserved parameter name: AwsShop/url.' },
    ],
    [
      'levels without a slash in front',
      'shop/url',
      { code: 'ValidationException', message: 'Parameter name must be a fully qualified name' },
    ],
    ['sixteen levels', levels(16), { code: 'HierarchyLevelLimitExceededException' }],
    ['1,012 characters', 'x'.repeat(1012), { code: 'ValidationException' }],
  ])('must not have %s', async (_what, name, refusal) => {
    await expect(put(name)).rejects.toMatchObject(refusal);
  });

  it('that a template declares is held to the same rules', () => {
    expect(() => declare({ Name: 'shop/url', Type: 'String', Value: 'x' })).toThrow('must be a fully qualified name');
    expect(declare({ Type: 'String', Value: 'x' })?.ref).toBe('CFN-shop-Url');
  });
});

describe('what nobody here asks for', () => {
  it.each([
    ['GetParameter', { Name: 'url:1' }],
    ['GetParameters', { Names: ['arn:aws:ssm:us-east-1:000000000000:parameter/url'] }],
    ['PutParameter', { Name: 'url', Value: 'x', Policies: '[]' }],
    ['PutParameter', { Name: 'url', Value: 'x', Type: 'SecureString', KeyId: 'alias/mine' }],
    ['DescribeParameters', {}],
    ['GetParametersByPath', { Path: '/shop' }],
  ])('is not there: %s %j', async (operation, input) => {
    await expect(call(operation, input)).rejects.toMatchObject({ code: 'NotImplemented' });
  });
});
