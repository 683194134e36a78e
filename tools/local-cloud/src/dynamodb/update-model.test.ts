/** Updates of every kind, in any mixture, against a model that knows nothing of expressions. */
import fc from 'fast-check';
import type { AttributeValue, Item } from './attribute-value.ts';
import { applyUpdate } from './update.ts';
import { parseExpressions } from './dynalite-grammar.ts';
import { openWorkbench, tableWith } from './workbench.ts';

const PAGE = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html';

/** One clause in words, what it assigns, and what it does to a plain object. */
interface Step {
  readonly section: 'SET' | 'REMOVE' | 'ADD' | 'DELETE';
  readonly clause: (at: number) => string;
  readonly value?: AttributeValue;
  readonly model: (before: Plain, after: Plain) => void;
}
/** Numbers and sets of texts. */
type Plain = Record<string, number | ReadonlySet<string>>;

const numbers = ['n1', 'n2', 'n3'];
const sets = ['s1', 's2'];
const small = fc.integer({ min: -1000, max: 1000 });
const members = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
const numberOf = (item: Plain, name: string) => (typeof item[name] === 'number' ? item[name] : undefined);
const setOf = (item: Plain, name: string) => (item[name] instanceof Set ? item[name] : new Set<string>());

const stepOnNumber = (name: string): fc.Arbitrary<Step> =>
  fc.oneof(
    small.map((n): Step => ({
      section: 'SET',
      clause: (at) => `${name} = :v${at}`,
      value: { N: String(n) },
      model: (_, after) => void (after[name] = n),
    })),
    fc.tuple(fc.constantFrom(...numbers), small, fc.constantFrom('+', '-')).map(([from, n, sign]): Step => ({
      section: 'SET',
      clause: (at) => `${name} = if_not_exists(${from}, :v${at}) ${sign} :v${at}`,
      value: { N: String(n) },
      model: (before, after) => {
        const start = numberOf(before, from) ?? n;
        after[name] = sign === '+' ? start + n : start - n;
      },
    })),
    small.map((n): Step => ({
      section: 'ADD',
      clause: (at) => `${name} :v${at}`,
      value: { N: String(n) },
      model: (before, after) => void (after[name] = (numberOf(before, name) ?? 0) + n),
    })),
    fc.constant<Step>({
      section: 'REMOVE',
      clause: () => name,
      model: (_, after) => void Reflect.deleteProperty(after, name),
    }),
  );

const stepOnSet = (name: string): fc.Arbitrary<Step> =>
  fc.oneof(
    members.map((SS): Step => ({
      section: 'ADD',
      clause: (at) => `${name} :v${at}`,
      value: { SS },
      model: (before, after) => void (after[name] = new Set([...setOf(before, name), ...SS])),
    })),
    members.map((SS): Step => ({
      section: 'DELETE',
      clause: (at) => `${name} :v${at}`,
      value: { SS },
      model: (before, after) => {
        const left = [...setOf(before, name)].filter((member) => !SS.includes(member));
        if (left.length > 0) after[name] = new Set(left);
        else Reflect.deleteProperty(after, name);
      },
    })),
  );

/** At most one step an attribute: two paths of one update must not overlap. */
const steps = fc
  .tuple(
    fc.subarray(numbers).chain((names) => fc.tuple(...names.map(stepOnNumber))),
    fc.subarray(sets).chain((names) => fc.tuple(...names.map(stepOnSet))),
  )
  .map(([onNumbers, onSets]) => [...onNumbers, ...onSets])
  .filter((all) => all.length > 0);

const start: fc.Arbitrary<Plain> = fc
  .tuple(fc.dictionary(fc.constantFrom(...numbers), small), fc.dictionary(fc.constantFrom(...sets), members))
  .map(([counts, lists]) => ({
    ...counts,
    ...Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, new Set<string>(list)])),
  }));

function wire(plain: Plain): Item {
  return Object.fromEntries(
    Object.entries(plain).map(([name, value]) => [
      name,
      typeof value === 'number' ? { N: String(value) } : { SS: [...value] },
    ]),
  );
}

function plain(item: Item): Plain {
  const result: Plain = {};
  for (const [name, { N, SS }] of Object.entries(item)) {
    if (N !== undefined) result[name] = Number(N);
    if (SS !== undefined) result[name] = new Set(SS);
  }
  return result;
}

function expressionOf(all: readonly Step[]): { UpdateExpression: string; ExpressionAttributeValues?: Item } {
  const clauses = all.map((step, at) => ({ section: step.section, text: step.clause(at) }));
  const UpdateExpression = [...new Set(clauses.map(({ section }) => section))]
    .map((section) => {
      const own = clauses.filter((clause) => clause.section === section);
      return `${section} ${own.map(({ text }) => text).join(', ')}`;
    })
    .join(' ');
  const values = Object.fromEntries(all.flatMap(({ value }, at) => (value === undefined ? [] : [[`:v${at}`, value]])));
  return { UpdateExpression, ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }) };
}

describe(`an update expression (${PAGE})`, () => {
  it('does what its clauses say, each on the item as it was, whatever their order', () => {
    fc.assert(
      fc.property(start, steps, (before, all) => {
        const request = expressionOf(all);
        const { update = [] } = parseExpressions(request, ['UpdateExpression']);
        const expected = { ...before };
        for (const step of all) step.model(before, expected);
        const item = wire(before);
        expect(plain(applyUpdate(item, update, request.ExpressionAttributeValues ?? {}))).toEqual(expected);
        expect(item).toEqual(wire(before));
      }),
    );
  });

  it('applied one after the other leaves what the model has, and a stream that leads there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 6 }), async (updates) => {
        const bench = openWorkbench();
        const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' };
        await bench.call('CreateTable', tableWith('items', 'pk', undefined, { StreamSpecification }));
        const expected: Plain = {};
        for (const all of updates) {
          const before = { ...expected };
          for (const step of all) step.model(before, expected);
          await bench.call('UpdateItem', { TableName: 'items', Key: { pk: { S: 'a' } }, ...expressionOf(all) });
        }
        const { Item } = await bench.call('GetItem', { TableName: 'items', Key: { pk: { S: 'a' } } });
        const { LatestStreamArn: StreamArn } = (await bench.call('DescribeTable', { TableName: 'items' })).Table ?? {};
        const ShardId = (await bench.call('DescribeStream', { StreamArn })).StreamDescription?.Shards[0]?.ShardId;
        const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
        const { ShardIterator } = await bench.call('GetShardIterator', from);
        const { Records: records } = await bench.call('GetRecords', { ShardIterator });
        expect(Item).toEqual({ pk: { S: 'a' }, ...wire(expected) });
        expect(records.at(-1)?.dynamodb.NewImage).toEqual(Item);
        records.slice(1).forEach(({ dynamodb }, at) => {
          expect(dynamodb.OldImage).toEqual(records[at]?.dynamodb.NewImage);
          expect(dynamodb.OldImage).not.toEqual(dynamodb.NewImage);
        });
        bench.close();
      }),
      { numRuns: 30 },
    );
  });
});
