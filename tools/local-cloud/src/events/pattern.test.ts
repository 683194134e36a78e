/** Event patterns, by the examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html. */
import { compilePattern, exactTexts } from './pattern.ts';

const event = {
  version: '0',
  id: '3e3c153a-8339-4e30-8c35-687ebef853fe',
  'detail-type': 'EC2 Instance Launch Successful',
  source: 'aws.autoscaling',
  account: '123456789012',
  time: '2017-10-02T18:43:48Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f', 'arn:aws:autoscaling:group'],
  detail: {
    eventVersion: '',
    responseElements: null,
    state: 'running',
    service: 'EVENTBridge',
    fileName: 'picture.PNG',
    filePath: '/usr/lib/node/index.js',
    'c-count': 5,
    'd-count': 3,
    'x-limit': 301.8,
    'source-ip': '10.0.0.33',
    'source-ip6': '2001:db8::17',
    enabled: true,
    tags: ['red', 'green', 7],
    none: [],
    account: 123_456_789_012,
    nested: { deeper: { leaf: 'x' } },
    employees: [
      { firstName: 'Anna', lastName: 'Smith' },
      { firstName: 'Peter', lastName: 'Jones' },
    ],
    teams: [[{ name: 'a', size: 1 }], [{ name: 'b', size: 2 }]],
    'dotted.name': 'value',
  },
};

const detail = (pattern: unknown): unknown => ({ detail: pattern });

const PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html';

describe(`an event pattern matches (${PAGE})`, () => {
  it.each<[string, unknown]>([
    ['an exact value', { source: ['aws.autoscaling'] }],
    ['one of several values', detail({ state: ['stopped', 'running'] })],
    ['an array of the event with one value in common', { resources: ['other', 'arn:aws:autoscaling:group'] }],
    ['a number', detail({ 'c-count': [5] })],
    ['a number in another notation', JSON.stringify(detail({ 'x-limit': [3.018e2] }))],
    ['null', detail({ responseElements: [null] })],
    ['an empty text', detail({ eventVersion: [''] })],
    ['exactly a text', detail({ state: [{ exactly: 'running' }] })],
    ['an empty prefix, of any text', detail({ eventVersion: [{ prefix: '' }] })],
    ['an empty text in any case', detail({ eventVersion: [{ 'equals-ignore-case': '' }] })],
    ['a number that no range can hold, by itself', { detail: { account: [123_456_789_012] } }],
    ['anything but a text, where there is null', detail({ responseElements: [{ 'anything-but': ['x'] }] })],
    ['anything but a prefix, where there is a number', detail({ 'c-count': [{ 'anything-but': { prefix: '5' } }] })],
    ['anything but nought', detail({ 'c-count': [{ 'anything-but': 0 }] })],
    ['anything but a list of suffixes', detail({ fileName: [{ 'anything-but': { suffix: ['.gif', '.bmp'] } }] })],
    ['anything but a list of wildcards', detail({ filePath: [{ 'anything-but': { wildcard: ['*/bin/*', '*.py'] } }] })],
    ['anything but an empty wildcard', detail({ filePath: [{ 'anything-but': { wildcard: '' } }] })],
    [
      'one of two: anything but, or nothing at all',
      detail({ gone: { S: [{ 'anything-but': ['x'] }, { exists: false }] } }),
    ],
    [
      'the last of two that name one field',
      { detail: { nested: { deeper: { leaf: ['y'] } }, 'nested.deeper.leaf': ['x'] } },
    ],
    ['a boolean', detail({ enabled: [true] })],
    ['a nested field', detail({ nested: { deeper: { leaf: ['x'] } } })],
    ['several fields at once', { source: ['aws.autoscaling'], region: ['us-east-1'] }],
    ['a prefix', { time: [{ prefix: '2017-10-02' }] }],
    ['a prefix without regard to case', detail({ service: [{ prefix: { 'equals-ignore-case': 'eventb' } }] })],
    ['a suffix', detail({ fileName: [{ suffix: '.PNG' }] })],
    ['a suffix without regard to case', detail({ fileName: [{ suffix: { 'equals-ignore-case': '.png' } }] })],
    ['a text without regard to case', detail({ service: [{ 'equals-ignore-case': 'eventbridge' }] })],
    ['anything but a text', detail({ state: [{ 'anything-but': 'initializing' }] })],
    ['anything but a number', detail({ 'x-limit': [{ 'anything-but': 123 }] })],
    ['anything but a list of texts', detail({ state: [{ 'anything-but': ['stopped', 'overloaded'] }] })],
    ['anything but a list of numbers', detail({ 'x-limit': [{ 'anything-but': [100, 200] }] })],
    ['anything but a text, where there is a number', detail({ 'c-count': [{ 'anything-but': 'five' }] })],
    ['anything but one of an array that holds others', detail({ tags: [{ 'anything-but': 'red' }] })],
    ['anything but a prefix', detail({ state: [{ 'anything-but': { prefix: 'init' } }] })],
    ['anything but a suffix', detail({ fileName: [{ 'anything-but': { suffix: '.png' } }] })],
    ['anything but a list of prefixes', detail({ state: [{ 'anything-but': { prefix: ['init', 'stop'] } }] })],
    ['anything but a text in any case', detail({ state: [{ 'anything-but': { 'equals-ignore-case': 'STOPPED' } }] })],
    [
      'anything but a list in any case',
      detail({ state: [{ 'anything-but': { 'equals-ignore-case': ['STOPPED', 'Pending'] } }] }),
    ],
    ['anything but a wildcard', detail({ filePath: [{ 'anything-but': { wildcard: '*/bin/*' } }] })],
    ['a closed range', detail({ 'c-count': [{ numeric: ['>', 0, '<=', 5] }] })],
    ['an upper bound', detail({ 'd-count': [{ numeric: ['<', 10] }] })],
    ['a numeric equality', detail({ 'x-limit': [{ numeric: ['=', 3.018e2] }] })],
    ['the greatest number that may be compared with', detail({ 'c-count': [{ numeric: ['<', 5e9] }] })],
    ['an address in a block', detail({ 'source-ip': [{ cidr: '10.0.0.0/24' }] })],
    ['an address of IPv6 in a block', detail({ 'source-ip6': [{ cidr: '2001:db8::/32' }] })],
    ['a field that exists', detail({ 'c-count': [{ exists: true }] })],
    ['a field that is null and so exists', detail({ responseElements: [{ exists: true }] })],
    ['a field that does not exist', detail({ 'e-count': [{ exists: false }] })],
    ['the absence of an intermediate node, which is no leaf', detail({ nested: [{ exists: false }] })],
    ['the absence of a field under one that is missing', detail({ missing: { leaf: [{ exists: false }] } })],
    ['the absence of an array without elements', detail({ none: [{ exists: false }] })],
    ['a wildcard', detail({ filePath: [{ wildcard: '/usr/*/node/*.js' }] })],
    ['a wildcard for nothing', detail({ state: [{ wildcard: 'run*ning*' }] })],
    ['one of several comparisons', detail({ state: ['stopped', { prefix: 'run' }] })],
    ['one object of an array', detail({ employees: { firstName: ['Anna'], lastName: ['Smith'] } })],
    ['one object of an array of arrays', detail({ teams: { name: ['b'], size: [2] } })],
    ['a field whose name has a dot', detail({ 'dotted.name': ['value'] })],
    ['a dotted name as a nested field', detail({ 'nested.deeper': { leaf: ['x'] } })],
    [
      'an alternative',
      { source: ['aws.autoscaling'], $or: [{ region: ['eu-west-1'] }, { account: ['123456789012'] }] },
    ],
    [
      'nested alternatives',
      detail({
        $or: [
          { 'c-count': [{ numeric: ['>', 10] }] },
          { state: ['running'], $or: [{ 'd-count': [1] }, { 'd-count': [3] }] },
        ],
      }),
    ],
    [
      'two groups of alternatives',
      detail({
        $or: [{ state: ['running'] }, { state: ['x'] }],
        nested: { $or: [{ y: ['z'] }, { deeper: { leaf: ['x'] } }] },
      }),
    ],
  ])('%s', (_, pattern) => {
    expect(compilePattern(pattern)(event)).toBe(true);
  });
});

describe(`an event pattern does not match (${PAGE})`, () => {
  it.each<[string, unknown]>([
    ['another value', { source: ['aws.ec2'] }],
    ['exactly another text', detail({ state: [{ exactly: 'Running' }] })],
    ['null, of an empty array', detail({ none: [null] })],
    ['the existence of an empty array', detail({ none: [{ exists: true }] })],
    ['a number beyond what can be compared, in a range open above', detail({ account: [{ numeric: ['>', 0] }] })],
    [
      'a nested field, of one whose name has that dot and more',
      detail({ 'nested.deeper': { deeper: { leaf: ['x'] } } }),
    ],
    ['an empty prefix, of a number', detail({ 'c-count': [{ prefix: '' }] })],
    ['an address, of a block of the other family', detail({ 'source-ip': [{ cidr: '2001:db8::/32' }] })],
    ['an address of IPv6 outside a block', detail({ 'source-ip6': [{ cidr: '2001:db9::/32' }] })],
    ['a number, of a block', detail({ 'c-count': [{ cidr: '10.0.0.0/8' }] })],
    ['a value of another case', { source: ['AWS.autoscaling'] }],
    ['a field that is not there', { detail: { missing: ['x'] } }],
    ['a number where a text is wanted', detail({ 'c-count': ['5'] })],
    ['a text where a number is wanted', detail({ state: [5] })],
    ['an empty text where null is wanted', detail({ eventVersion: [null] })],
    ['null where an empty text is wanted', detail({ responseElements: [''] })],
    ['the text of a boolean', detail({ enabled: ['true'] })],
    ['one field of two', { source: ['aws.autoscaling'], region: ['eu-west-1'] }],
    ['another prefix', { time: [{ prefix: '2018' }] }],
    ['a prefix of a number', detail({ 'c-count': [{ prefix: '5' }] })],
    ['a suffix of another case', detail({ fileName: [{ suffix: '.png' }] })],
    ['what anything-but excludes', detail({ state: [{ 'anything-but': 'running' }] })],
    ['what an anything-but list excludes', detail({ 'c-count': [{ 'anything-but': [5, 6] }] })],
    ['a prefix that anything-but excludes', detail({ state: [{ 'anything-but': { prefix: 'run' } }] })],
    ['a suffix that anything-but excludes', detail({ fileName: [{ 'anything-but': { suffix: ['.gif', '.PNG'] } }] })],
    ['a case that anything-but excludes', detail({ state: [{ 'anything-but': { 'equals-ignore-case': 'RUNNING' } }] })],
    ['a wildcard that anything-but excludes', detail({ filePath: [{ 'anything-but': { wildcard: '*/lib/*' } }] })],
    ['anything-but where there is no field', detail({ missing: [{ 'anything-but': 'x' }] })],
    ['a number at an open bound', detail({ 'c-count': [{ numeric: ['>', 5] }] })],
    ['a number above a range', detail({ 'c-count': [{ numeric: ['>=', 0, '<', 5] }] })],
    ['a text in a numeric comparison', detail({ state: [{ numeric: ['>', 0] }] })],
    ['an address outside a block', detail({ 'source-ip': [{ cidr: '10.0.1.0/24' }] })],
    ['a text that is no address', detail({ state: [{ cidr: '10.0.0.0/8' }] })],
    ['the existence of a missing field', detail({ missing: [{ exists: true }] })],
    ['the absence of a field that is null', detail({ responseElements: [{ exists: false }] })],
    ['the existence of an intermediate node', detail({ nested: [{ exists: true }] })],
    ['a wildcard that leaves something over', detail({ filePath: [{ wildcard: '/usr/*.ts' }] })],
    ['a wildcard whose ends overlap', detail({ state: [{ wildcard: 'runnin*nning' }] })],
    ['fields of two objects of an array', detail({ employees: { firstName: ['Anna'], lastName: ['Jones'] } })],
    ['no alternative', { $or: [{ region: ['eu-west-1'] }, { account: ['1'] }] }],
  ])('%s', (_, pattern) => {
    expect(compilePattern(pattern)(event)).toBe(false);
  });
});

describe(`a wildcard expression (${PAGE}#eb-filtering-wildcard-matching)`, () => {
  it('takes an escaped asterisk and an escaped backslash literally', () => {
    const matches = compilePattern({ path: [{ wildcard: 'a\\*b\\\\*' }] });
    expect(matches({ path: 'a*b\\c' })).toBe(true);
    expect(matches({ path: 'axb\\c' })).toBe(false);
  });
});

describe('the exact texts of a field, by which rules are looked up (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html)', () => {
  it('are known where the pattern lists nothing but texts', () => {
    const pattern = { source: ['order', 'payment'], 'detail-type': ['A', { prefix: 'B' }] };
    expect(exactTexts(pattern, 'source')).toEqual(['order', 'payment']);
    expect(exactTexts(pattern, 'detail-type')).toBeUndefined();
    expect(exactTexts(pattern, 'region')).toBeUndefined();
  });
});
