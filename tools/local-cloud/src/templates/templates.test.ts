/** Templates: intrinsic functions, order, conditions, assets, and what stops the start. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeclaredResource, ResourceProviders } from '../resource.ts';
import { findStacks, loadStacks, type SynthesizedStack } from './index.ts';
import { templateSchema } from './template.ts';

type Json = Record<string, unknown>;
const declared: DeclaredResource[] = [];
const remember = (resource: DeclaredResource) => {
  declared.push(resource);
  return {
    ref: `ref-${resource.logicalId}`,
    attributes: { Arn: `arn-${resource.logicalId}`, 'Nested.Name': 'nested' },
  };
};
const providers: ResourceProviders = {
  'AWS::SQS::Queue': remember,
  'AWS::Events::EventBus': remember,
  'AWS::Lambda::Function': remember,
  'AWS::StepFunctions::StateMachine': remember,
  'AWS::Events::Rule': () => {
    throw new Error('no colour Red');
  },
};
beforeEach(() => {
  declared.length = 0;
});

function stack(template: Json, assets: [string, string][] = []): SynthesizedStack {
  return {
    name: 'shop',
    file: 'apps/shop/cdk.out/shop.template.json',
    template: templateSchema.parse(template),
    assets: new Map(assets),
  };
}

/** The value as a queue's property, resolved; `Other` is a queue beside it. */
function resolved(value: unknown, sections: Json = {}): unknown {
  const Resources = { Subject: { Type: 'AWS::SQS::Queue', Properties: { value } }, Other: { Type: 'AWS::SQS::Queue' } };
  loadStacks([stack({ ...sections, Resources })], providers);
  return declared.find(({ logicalId }) => logicalId === 'Subject')?.properties.value;
}

describe('intrinsic functions (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html)', () => {
  const Parameters = {
    Size: { Type: 'Number', Default: 3 },
    One: { Type: 'Number', Default: 1 },
    Names: { Type: 'CommaDelimitedList', Default: 'a,b' },
  };
  const Mappings = { Map: { 'us-east-1': { zone: 'here' } } };
  const Conditions = {
    Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
    There: { 'Fn::Not': [{ Condition: 'Here' }] },
    Both: { 'Fn::And': [{ Condition: 'Here' }, { Condition: 'There' }] },
    Either: { 'Fn::Or': [{ Condition: 'Here' }, { Condition: 'There' }] },
  };

  it.each<[string, unknown, unknown]>([
    ['Ref of a resource', { Ref: 'Other' }, 'ref-Other'],
    ['Ref of a parameter', { Ref: 'Size' }, '3'],
    ['Ref of a list parameter', { Ref: 'Names' }, ['a', 'b']],
    ['Ref of the account', { Ref: 'AWS::AccountId' }, '000000000000'],
    ['Ref of the region', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Ref of the partition', { Ref: 'AWS::Partition' }, 'aws'],
    ['Ref of the stack', { Ref: 'AWS::StackName' }, 'shop'],
    ['Ref of the suffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    ['Ref of no value leaves the member out', { kept: 1, dropped: { Ref: 'AWS::NoValue' } }, { kept: 1 }],
    ['Ref of no value leaves the element out', [1, { Ref: 'AWS::NoValue' }], [1]],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Other', 'Arn'] }, 'arn-Other'],
    ['GetAtt as a text', { 'Fn::GetAtt': 'Other.Arn' }, 'arn-Other'],
    ['GetAtt of a name with a dot', { 'Fn::GetAtt': ['Other', 'Nested.Name'] }, 'nested'],
    ['Join', { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':x']] }, 'arn:aws:x'],
    ['Join of a list that a function gives', { 'Fn::Join': ['-', { Ref: 'Names' }] }, 'a-b'],
    ['Split', { 'Fn::Split': ['/', 'a/b'] }, ['a', 'b']],
    ['Select', { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b'] }] }, 'b'],
    ['Select with an index in text', { 'Fn::Select': ['0', ['x', 'y']] }, 'x'],
    [
      'Sub of a reference and an attribute',
      { 'Fn::Sub': '${Other}|${Other.Arn}|${AWS::Region}' },
      'ref-Other|arn-Other|us-east-1',
    ],
    ['Sub with variables of its own', { 'Fn::Sub': ['${one}', { one: { Ref: 'Size' } }] }, '3'],
    ['Sub leaves what is literal', { 'Fn::Sub': '${!Literal}' }, '${Literal}'],
    ['FindInMap', { 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'zone'] }, 'here'],
    ['If of a condition that holds', { 'Fn::If': ['Here', 'yes', 'no'] }, 'yes'],
    ['If of one that does not', { 'Fn::If': ['There', 'yes', { Ref: 'Other' }] }, 'ref-Other'],
    ['If of And', { 'Fn::If': ['Both', 'yes', 'no'] }, 'no'],
    ['If of Or', { 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
    ['If of no value', { a: { 'Fn::If': ['There', 1, { Ref: 'AWS::NoValue' }] } }, {}],
    ['If within If', { 'Fn::If': ['There', 1, { 'Fn::If': ['Here', { Ref: 'Size' }, 2] }] }, '3'],
    ['Join within Sub', { 'Fn::Sub': ['<${x}>', { x: { 'Fn::Join': ['-', ['a', 'b']] } }] }, '<a-b>'],
    ['Select of a list parameter', { 'Fn::Select': [{ Ref: 'One' }, { Ref: 'Names' }] }, 'b'],
    ['Join of numbers and no value', { 'Fn::Join': [':', [1, true, { Ref: 'AWS::NoValue' }]] }, '1:true'],
    ['Join of nothing', { 'Fn::Join': [',', []] }, ''],
    ["Ref of the stack's id", { Ref: 'AWS::StackId' }, 'arn:aws:cloudformation:us-east-1:000000000000:stack/shop/shop'],
    ['Ref of the topics that hear of the stack', { Ref: 'AWS::NotificationARNs' }, []],
    ['Base64', { 'Fn::Base64': 'x' }, 'eA=='],
    ['plain data stays', { Ref: 'Other', And: 'more' }, { Ref: 'Other', And: 'more' }],
  ])('%s', (_, value, expected) => {
    expect(resolved(value, { Parameters, Mappings, Conditions })).toEqual(expected);
  });

  it("the CDK's bootstrap version is known without a parameter store", () => {
    const version = { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' };
    expect(resolved({ Ref: 'V' }, { Parameters: { V: version } })).toMatch(/^\d+$/);
  });

  it.each<[string, unknown, string]>([
    ['an unknown function', { 'Fn::Cidr': ['a', 1] }, 'the intrinsic function Fn::Cidr is not supported'],
    ['zones', { 'Fn::GetAZs': '' }, 'the intrinsic function Fn::GetAZs is not supported'],
    ['a macro', { 'Fn::Transform': { Name: 'x' } }, 'the intrinsic function Fn::Transform is not supported'],
    ['a language extension', { 'Fn::ToJsonString': {} }, 'the intrinsic function Fn::ToJsonString is not supported'],
    ['a condition function as a value', { 'Fn::Equals': [1, 1] }, 'the intrinsic function Fn::Equals is not supported'],
    ['a Select beyond the end', { 'Fn::Select': [2, ['x', 'y']] }, 'Fn::Select finds nothing at index 2'],
    ['a Split without a separator', { 'Fn::Split': ['a/b'] }, 'Fn::Split needs two values'],
    ['a Join of a text', { 'Fn::Join': ['', 'x'] }, 'Fn::Join needs a list, not "x"'],
    ['an If with two values', { 'Fn::If': ['C', 1] }, 'Fn::If needs three values'],
    ['a FindInMap with two keys', { 'Fn::FindInMap': ['M', 'a'] }, 'Fn::FindInMap needs three values'],
    ['a GetAtt without an attribute', { 'Fn::GetAtt': 'Other' }, 'needs a logical id and an attribute, not "Other"'],
    ['a GetAtt of nothing', { 'Fn::GetAtt': ['Nothing', 'Arn'] }, 'nothing is called Nothing in this template'],
    ['a Sub of nothing', { 'Fn::Sub': '${Nothing}' }, 'nothing is called Nothing in this template'],
    ['a Sub of a list', { 'Fn::Sub': ['${x}', { x: ['a'] }] }, 'Fn::Sub of x needs a text, not ["a"]'],
    ['a Base64 of a list', { 'Fn::Base64': ['a'] }, 'Fn::Base64 needs a text, not ["a"]'],
    ["another stack's export", { 'Fn::ImportValue': 'x' }, 'the intrinsic function Fn::ImportValue is not supported'],
    ['a reference to nothing', { Ref: 'Nothing' }, 'nothing is called Nothing in this template'],
    ['an attribute that is not there', { 'Fn::GetAtt': ['Other', 'Color'] }, 'Other has no attribute Color'],
    ['a mapping that is not there', { 'Fn::FindInMap': ['M', 'a', 'b'] }, 'there is no mapping M.a.b'],
    ['a condition that is not there', { 'Fn::If': ['C', 1, 2] }, 'there is no condition C'],
    ['a dynamic reference', '{{resolve:ssm:/x}}', 'dynamic reference'],
    ['a Join of what is no text', { 'Fn::Join': ['', [{ a: 1 }]] }, 'Fn::Join needs a text, not {"a":1}'],
  ])('%s stops the start, naming file and logical id', (_, value, message) => {
    expect(() => resolved(value)).toThrow(`apps/shop/cdk.out/shop.template.json: Subject (AWS::SQS::Queue): `);
    expect(() => resolved(value)).toThrow(message);
  });
});

describe('conditions (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html)', () => {
  const holds = (Subject: unknown, others: Json = {}) =>
    resolved({ 'Fn::If': ['Subject', true, false] }, { Conditions: { Subject, ...others } });
  const yes = { 'Fn::Equals': ['a', 'a'] };
  const no = { 'Fn::Equals': ['a', 'b'] };

  it.each<[string, unknown, boolean]>([
    ['Equals of a text and a number', { 'Fn::Equals': ['1', 1] }, true],
    ['Equals of other letters', { 'Fn::Equals': ['a', 'A'] }, false],
    ['And of two', { 'Fn::And': [yes, yes] }, true],
    ['And of ten', { 'Fn::And': [...Array<unknown>(9).fill(yes), no] }, false],
    ['Or of two', { 'Fn::Or': [no, yes] }, true],
    ['Or of ten', { 'Fn::Or': Array(10).fill(no) }, false],
    ['Not', { 'Fn::Not': [no] }, true],
  ])('%s', (_, condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  it.each<[string, unknown, string]>([
    ['And of one', { 'Fn::And': [yes] }, 'has 1 values, and takes 2 to 10'],
    ['Or of eleven', { 'Fn::Or': Array(11).fill(no) }, 'has 11 values, and takes 2 to 10'],
    ['Not of two', { 'Fn::Not': [yes, no] }, 'has 2 values, and takes 1'],
    ['Equals of three', { 'Fn::Equals': [1, 2, 3] }, 'has 3 values, and takes 2'],
    ['no list', { 'Fn::Not': yes }, 'a condition function needs a list'],
    ['another function', { 'Fn::Contains': [['a'], 'a'] }, 'the condition function Fn::Contains is not supported'],
    ['plain data', true, 'the condition function true is not supported'],
    ['a condition that there is not', { 'Fn::Not': [{ Condition: 'None' }] }, 'there is no condition None'],
    ['itself', { 'Fn::Not': [{ Condition: 'Other' }] }, 'circular condition: Subject → Other → Subject'],
  ])('%s stops the start', (_, condition, message) => {
    const others = { Other: { 'Fn::And': [{ Condition: 'Subject' }, yes] } };
    expect(() => holds(condition, others)).toThrow(message);
  });
});

describe('loading (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html)', () => {
  const load = (...templates: Json[]) =>
    loadStacks(
      templates.map((one) => stack(one)),
      providers,
    );
  const queue = (more: Json = {}) => ({ Type: 'AWS::SQS::Queue', ...more });
  const order = () => declared.map(({ logicalId }) => logicalId);

  it('declares what is referred to first', () => {
    load({
      Resources: {
        A: queue({ Properties: { dlq: { 'Fn::GetAtt': ['B', 'Arn'] } } }),
        B: queue({ Properties: { name: { 'Fn::Sub': 'x-${C.Arn}' } } }),
        C: queue({ DependsOn: 'D' }),
        D: queue(),
      },
    });
    expect(order()).toEqual(['D', 'C', 'B', 'A']);
  });

  it('declares the stack of the bus before the others', () => {
    load({ Resources: { Rule: queue() } }, { Resources: { Bus: { Type: 'AWS::Events::EventBus' } } });
    expect(order()).toEqual(['Bus', 'Rule']);
  });

  it('leaves out a resource whose condition does not hold', () => {
    load({
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { A: queue({ Condition: 'Never' }), B: queue() },
    });
    expect(order()).toEqual(['B']);
  });

  it.each<[string, Json, string]>([
    ['without a default', { Type: 'String' }, 'the parameter P has no default'],
    [
      'that lies in the parameter store',
      { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' },
      'the parameter P is read from the parameter store, which is not supported',
    ],
  ])('stops at a parameter %s, once it is asked for', (_, P, message) => {
    load({ Parameters: { P }, Resources: { A: queue() } });
    expect(() => load({ Parameters: { P }, Resources: { A: queue({ Properties: { p: { Ref: 'P' } } }) } })).toThrow(
      `A (AWS::SQS::Queue): ${message}`,
    );
  });

  it('leaves out an output whose condition does not hold, and names one that cannot be resolved', () => {
    const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
    const Outputs = { O: { Value: { Ref: 'None' }, Condition: 'Never' } };
    expect(load({ Conditions, Resources: {}, Outputs })).toEqual([{ name: 'shop', outputs: {} }]);
    expect(() => load({ Resources: {}, Outputs: { O: { Value: { Ref: 'None' } } } })).toThrow(
      'shop.template.json: output O: nothing is called None',
    );
  });

  it('resolves outputs', () => {
    const loaded = load({ Resources: { A: queue() }, Outputs: { Url: { Value: { 'Fn::Sub': 'http://${A}' } } } });
    expect(loaded).toEqual([{ name: 'shop', outputs: { Url: 'http://ref-A' } }]);
  });

  it('accepts alarms and their topics, which do nothing here', () => {
    const Resources = {
      Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmActions: [{ Ref: 'Topic' }] } },
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'notices' } },
    };
    const [loaded] = load({ Resources, Outputs: { Topic: { Value: { Ref: 'Topic' } } } });
    expect(loaded?.outputs).toEqual({ Topic: 'arn:aws:sns:us-east-1:000000000000:notices' });
  });

  it.each<[string, Json, string]>([
    ['a circle', { A: queue({ DependsOn: 'B' }), B: queue({ DependsOn: ['A'] }) }, 'circular reference: A → B → A'],
    [
      'a resource that refers to itself',
      { A: queue({ Properties: { a: { Ref: 'A' } } }) },
      'circular reference: A → A',
    ],
    [
      'a circle of Sub and GetAtt',
      {
        A: queue({ Properties: { b: { 'Fn::Sub': '${B}' } } }),
        B: queue({ Properties: { c: [{ 'Fn::GetAtt': 'C.Arn' }] } }),
        C: queue({ Properties: { a: { 'Fn::Join': ['', [{ Ref: 'A' }]] } } }),
      },
      'circular reference: A → B → C → A',
    ],
    [
      'a dependency on nothing',
      { A: queue({ DependsOn: 'B' }) },
      'A: DependsOn names B, which is not in this template',
    ],
    [
      'a condition that there is not',
      { A: queue({ Condition: 'C' }) },
      'shop.template.json: A (AWS::SQS::Queue): there is no condition C',
    ],
    [
      'what a provider does not take',
      { A: { Type: 'AWS::Events::Rule' } },
      'shop.template.json: A (AWS::Events::Rule): no colour Red',
    ],
    [
      'an unknown type',
      { Bucket: { Type: 'AWS::S3::Bucket' } },
      'Bucket (AWS::S3::Bucket): the resource type is not supported',
    ],
  ])('stops at %s', (_, Resources, message) => {
    expect(() => load({ Resources })).toThrow(message);
  });
});

describe('assets (https://docs.aws.amazon.com/cdk/v2/guide/assets.html)', () => {
  const code = { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: 'abc.zip' };
  const Resources = { F: { Type: 'AWS::Lambda::Function', Properties: { Code: code, Handler: 'index.handler' } } };

  it("turn a function's code into the directory it lies in", () => {
    loadStacks(
      [stack({ Resources }, [['assets-000000000000-us-east-1/abc.zip', '/apps/shop/cdk.out/asset.abc']])],
      providers,
    );
    expect(declared[0]?.properties).toEqual({
      Code: { AssetPath: '/apps/shop/cdk.out/asset.abc' },
      Handler: 'index.handler',
    });
  });

  it('that nobody publishes stop the start', () => {
    expect(() => loadStacks([stack({ Resources })], providers)).toThrow(
      'no asset is published as assets-000000000000-us-east-1/abc.zip',
    );
  });
});

describe('finding stacks (https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assembly)', () => {
  let apps: string;
  beforeEach(() => {
    apps = mkdtempSync(join(tmpdir(), 'apps-'));
  });
  afterEach(() => rmSync(apps, { recursive: true }));

  function synthesize(app: string, template: Json): void {
    const assembly = join(apps, app, 'cdk.out');
    mkdirSync(assembly, { recursive: true });
    const write = (file: string, json: Json) => writeFileSync(join(assembly, file), JSON.stringify(json));
    const files = {
      abc: {
        source: { path: 'asset.abc', packaging: 'zip' },
        destinations: { here: { bucketName: 'assets-${AWS::AccountId}-${AWS::Region}', objectKey: 'abc.zip' } },
      },
    };
    write('s.assets.json', { version: '40.0.0', files, dockerImages: {} });
    write('s.template.json', template);
    write('manifest.json', {
      version: '40.0.0',
      artifacts: {
        's.assets': { type: 'cdk:asset-manifest', properties: { file: 's.assets.json' } },
        s: { type: 'aws:cloudformation:stack', properties: { templateFile: 's.template.json', stackName: 'shop-dev' } },
        Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
      },
    });
  }

  it('reads every assembly with its assets', () => {
    synthesize('shop', { Resources: {} });
    mkdirSync(join(apps, 'notes'));
    const [found, ...others] = findStacks(apps);
    expect(others).toEqual([]);
    expect(found?.name).toBe('shop-dev');
    expect([...(found?.assets ?? [])]).toEqual([
      ['assets-000000000000-us-east-1/abc.zip', join(apps, 'shop/cdk.out/asset.abc')],
    ]);
  });

  it.each<[string, () => void, string]>([
    ['there is no app', () => undefined, 'no synthesized app'],
    [
      'an app was not synthesized',
      () => mkdirSync(join(apps, 'shop', 'infra'), { recursive: true }),
      'not synthesized; run "npx nx run-many -t synth" first',
    ],
    [
      'a section is not known',
      () => synthesize('shop', { Resources: {}, Transform: 'AWS::Serverless' }),
      's.template.json: Transform is not supported',
    ],
    [
      'a rule of its own is there',
      () => synthesize('shop', { Resources: {}, Rules: { MyRule: {} } }),
      's.template.json: Rules.MyRule is not supported',
    ],
    [
      'a resource has no type',
      () => synthesize('shop', { Resources: { A: {} } }),
      's.template.json: Resources.A.Type does not fit',
    ],
    [
      "a resource's attribute is not known",
      () => synthesize('shop', { Resources: { A: { Type: 'T', UpdatePolicy: {} } } }),
      'Resources.A.UpdatePolicy is not supported',
    ],
  ])('stops where %s', (_, prepare, message) => {
    prepare();
    expect(() => findStacks(apps)).toThrow(message);
  });
});
