/** Inputs of targets, by the examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html. */
import { compileInput, type InputSettings } from './input.ts';

const resources = ['arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111', 'second'];
const event = {
  text: JSON.stringify({
    version: '0',
    id: '7bf73129-1428-4cd3-a780-95db273d1602',
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    account: '123456789012',
    time: '2015-11-11T21:29:54Z',
    region: 'us-east-1',
    resources,
    detail: { 'instance-id': 'i-0123456789', state: 'RUN"NING"', count: 3, nested: { a: [1, 2] }, nothing: null },
  }),
};
const context = {
  ruleArn: 'arn:aws:events:us-east-1:123456789012:rule/example',
  ruleName: 'example',
  ingestionTime: Date.UTC(2021, 10, 16),
};
const transform = (settings: InputSettings): string => compileInput(settings, 'the-target')(event, context);
const paths = {
  instance: '$.detail.instance-id',
  state: '$.detail.state',
  count: '$.detail.count',
  nested: '$.detail.nested',
  nothing: '$.detail.nothing',
  missing: '$.detail.missing',
  first: '$.resources[0]',
  all: '$.resources[*]',
};
const template = (InputTemplate: string): string =>
  transform({ InputTransformer: { InputPathsMap: paths, InputTemplate } });

describe('the input of a target (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html)', () => {
  it('is the event unless something else is said', () => {
    expect(transform({})).toBe(event.text);
    expect(transform({ InputPath: '$' })).toBe(event.text);
  });

  it('can be a constant', () => {
    expect(transform({ Input: '{"a": 1}' })).toBe('{"a": 1}');
    expect(() => transform({ Input: 'no JSON' })).toThrow();
  });

  it.each([
    [
      '$.detail',
      '{"instance-id":"i-0123456789","state":"RUN\\"NING\\"","count":3,"nested":{"a":[1,2]},"nothing":null}',
    ],
    ['$.detail.count', '3'],
    ['$.resources[1]', '"second"'],
    ['$.detail.nested.a[*]', '[1,2]'],
    ['$.detail.missing', 'null'],
  ])('can be the part of the event at %s', (InputPath, expected) => {
    expect(transform({ InputPath })).toBe(expected);
  });

  it.each(['detail', '$.', '$..a', '$.a[?(@.b)]', '$.a[-1]', '$.a b', `$.${'a'.repeat(255)}`])(
    'is refused for the path %s',
    (InputPath) => {
      expect(() => compileInput({ InputPath }, 'the-target')).toThrow('Invalid JSON path');
    },
  );

  it('is only one of the three', () => {
    expect(() => compileInput({ Input: '{}', InputPath: '$.detail' }, 'the-target')).toThrow(
      'Only one of Input, InputPath, or InputTransformer must be provided for target the-target.',
    );
  });
});

describe('an input template (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html)', () => {
  it.each([
    ['a text', '"instance <instance> has <count>"', '"instance i-0123456789 has 3"'],
    ['a text with quotes in a value', '"is <state>"', '"is RUN\\"NING\\""'],
    ['an object', '{"instance": <instance>, "count": <count>}', '{"instance": "i-0123456789", "count": 3}'],
    [
      'an object with placeholders in quotes',
      '{"instance": "<instance>", "text": "n=<count>"}',
      '{"instance": "i-0123456789", "text": "n=3"}',
    ],
    ['a nested value', '{"nested": <nested>, "null": <nothing>}', '{"nested": {"a":[1,2]}, "null": null}'],
    [
      'an array',
      '{"all": <all>, "first": <first>}',
      '{"all": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111","second"], "first": "arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"}',
    ],
    ['escaped quotes', '"say \\"<instance>\\""', '"say \\"i-0123456789\\""'],
    ['a missing value within a text', '"[<missing>]"', '"[]"'],
    ['a missing value within quotes in an object', '{"a": "<missing>"}', '{"a": ""}'],
    ['a missing value in an object', '{"a": <missing>, "b": <count>}', '{"a": "", "b": 3}'],
    ['an object within quotes', '{"a": "<nested>"}', '{"a": "{\\"a\\":[1,2]}"}'],
    ['an array within a text', '"all: <all>"', `"all: ${JSON.stringify(JSON.stringify(resources)).slice(1, -1)}"`],
    ['null within a text', '"[<nothing>]"', '"[null]"'],
    ['two values side by side', '"<instance><count>"', '"i-01234567893"'],
    ['signs that begin no JSON', '"{[/ <count>"', '"{[/ 3"'],
    ['several lines', '"<instance>"\n"<count>"', '"i-0123456789"\n"3"'],
    [
      'the rule',
      '{"arn": <aws.events.rule-arn>, "name": "<aws.events.rule-name>"}',
      '{"arn": "arn:aws:events:us-east-1:123456789012:rule/example", "name": "example"}',
    ],
    ['the time of ingestion', '<aws.events.event.ingestion-time>', '"2021-11-16T00:00:00.000Z"'],
    ['the whole event', '{"e": <aws.events.event.json>}', `{"e": ${event.text}}`],
    ['a sign that starts no placeholder', '"a < b > c"', '"a < b > c"'],
  ])('makes %s', (_, given, expected) => {
    expect(template(given)).toBe(expected);
  });

  it('knows the event without its detail, with another name for the detail type', () => {
    const result: unknown = JSON.parse(template('<aws.events.event>'));
    const whole = JSON.parse(event.text) as Record<string, unknown>;
    const { detail: _, 'detail-type': detailType, ...others } = whole;
    expect(result).toEqual({ ...others, detailType });
  });

  it('is refused with an unknown variable, a reserved name, or more than 100 variables', () => {
    expect(() => template('<unknown>')).toThrow(
      'InputTemplate for target the-target contains invalid placeholder unknown.',
    );
    const reserved = { InputPathsMap: { 'aws.x': '$.id' }, InputTemplate: '<aws.x>' };
    expect(() => transform({ InputTransformer: reserved })).toThrow('reserved');
    const many = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`v${n}`, '$.id']));
    expect(() => transform({ InputTransformer: { InputPathsMap: many(101), InputTemplate: '<v0>' } })).toThrow('100');
    expect(transform({ InputTransformer: { InputPathsMap: many(100), InputTemplate: '<v0>' } })).toContain('7bf73129');
  });
});
