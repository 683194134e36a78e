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

describe('a seeded secret', () => {
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

describe('a declared parameter', () => {
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

describe('parameters', () => {
  it('are read together, with the names that there are not', async () => {
    declare({ Name: 'url', Type: 'String', Value: 'one' });
    expect(await call('GetParameters', { Names: ['url', 'none', KEY], WithDecryption: true })).toMatchObject({
      Parameters: [{ Name: 'url' }, { Name: KEY, Value: 'sk_test_local' }],
      InvalidParameters: ['none'],
    });
    expect(asked.map(({ action }) => action)).toEqual(Array(3).fill('ssm:GetParameters'));
  });

  it('that there are not are not found', async () => {
    await expect(call('GetParameter', { Name: 'none' })).rejects.toMatchObject({
      code: 'ParameterNotFound',
      status: 400,
    });
  });

  it('hold 4,096 bytes and no more, and need a type when they are new', async () => {
    const put = (size: number) =>
      call('PutParameter', { Name: 'big', Value: 'x'.repeat(size), Type: 'String', Overwrite: true });
    expect(await put(4096)).toMatchObject({ Version: 1 });
    await expect(put(4097)).rejects.toMatchObject({ code: 'ValidationException' });
    await expect(call('PutParameter', { Name: 'new', Value: 'x' })).rejects.toMatchObject({
      code: 'ValidationException',
    });
    await expect(call('GetParameters', { Names: Array(11).fill('big') })).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });

  it.each([
    ['GetParameter', { Name: 'url:1' }],
    ['PutParameter', { Name: 'url', Value: 'x', Policies: '[]' }],
    ['DescribeParameters', {}],
  ])('do not have everything that AWS has: %s %j', async (operation, input) => {
    await expect(call(operation, input)).rejects.toMatchObject({ code: 'NotImplemented' });
  });
});
