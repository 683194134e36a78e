/** JSON texts that are nearly right: good ones with a few mutations, down to what only a text can say. */
import fc from 'fast-check';

/** JSON as it is written: members may come twice, and a text may be none. */
export type Tree =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  | { readonly kind: 'object'; readonly members: readonly Member[] };
type Member = readonly [name: string, value: Tree];

/** One change at one place; where the place is of another kind, nothing changes. */
interface Mutation {
  readonly of: Tree['kind'] | 'any';
  readonly change: (tree: Tree) => Tree;
}

/** The value as a tree. */
export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return text(JSON.stringify(value));
  return { kind: 'object', members: Object.entries(value).map(([name, member]) => [name, treeOf(member)]) };
}

/** The tree as it is sent. */
export function textOf(tree: Tree): string {
  switch (tree.kind) {
    case 'text':
      return tree.text;
    case 'list':
      return `[${tree.items.map(textOf).join(',')}]`;
    case 'object':
      return `{${tree.members.map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`).join(',')}}`;
  }
}

const NUMBERS = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '1.0',
    '1e0',
    '1E+2',
    '0.5',
    '1.999',
    '0.001',
    '0.01',
    '20',
    '21',
    '1000',
    '1001',
    '1000000',
  ],
  ...['1000000.01', '2147483648', '9007199254740993', '1e21', '1e308', '1e400', '-1e400', '5e-324', '1e-400'],
  ...['01', '+1', '.5', '1.', '0x10', 'NaN', 'Infinity', '-', '1'.repeat(400)],
];

/** Names that mean something to JavaScript, and names that are nearly ours. */
const NAMES = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'length'],
  ...[
    '',
    ' ',
    'CustomerId',
    'customer_id',
    'customerId ',
    'items',
    'price',
    'quantity',
    'productId',
    'coupon',
    'orderId',
  ],
  ...['a/b~c', '\u0000', '\ud800', 'é', '💥', 'x'.repeat(1_000)],
];

const STRINGS = [
  ...[
    '',
    ' ',
    'a',
    'A1_.-',
    '-a',
    '.a',
    '_a',
    'a b',
    'a/b',
    'a#b',
    'customer-123',
    'customer-123\n',
    'laptop',
    'l\u0430ptop',
  ],
  ...[
    'a'.repeat(64),
    'a'.repeat(65),
    'a'.repeat(255),
    'a'.repeat(10_000),
    '\u0000',
    '\u0007',
    '\u202egnp',
    '日本',
    '💥',
    '\ud800',
  ],
  ...['__proto__', 'null', '1', '../..', '%00', '<script>', "' OR 1=1 --", 'order#1', 'idempotency#1'],
  ...[
    'a@b',
    'a@b.example',
    'a@b.example\nBcc: c@d.example',
    `${'a'.repeat(250)}@b.example`,
    '"a b"@c.example',
    'ä@b.example',
  ],
  ...['pm_card_visa', 'pm_', 'pm_card visa', `pm_${'a'.repeat(61)}`, `pm_${'a'.repeat(62)}`],
];

const OTHERS = [
  'null',
  'true',
  'false',
  '{}',
  '[]',
  '[[]]',
  '[null]',
  '{"":{}}',
  '',
  ' ',
  '\u0000',
  'undefined',
  "'a'",
];

const nested = fc
  .tuple(
    fc.constantFrom('[', '{"a":'),
    fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 200 }) }, fc.integer({ min: 1_000, max: 30_000 })),
  )
  .map(([open, depth]) => `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`);

/** Any value, as its text: most are of the kinds that the schema's limits are about. */
const value: fc.Arbitrary<Tree> = fc
  .oneof(
    { weight: 6, arbitrary: fc.constantFrom(...NUMBERS) },
    { weight: 6, arbitrary: fc.constantFrom(...STRINGS).map((one) => JSON.stringify(one)) },
    { weight: 3, arbitrary: fc.constantFrom(...OTHERS) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }).map((one) => JSON.stringify(one)) },
    { weight: 1, arbitrary: fc.double().map(String) },
    { weight: 1, arbitrary: fc.integer().map(String) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: nested },
  )
  .map(text);

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const place = fc.nat({ max: 19 });

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 6, arbitrary: value.map((other): Mutation => ({ of: 'any', change: () => other })) },
  { weight: 3, arbitrary: value.map((other): Mutation => ({ of: 'text', change: () => other })) },
  { weight: 2, arbitrary: fc.tuple(name, value).map((added) => ofMembers((members) => [...members, added])) },
  {
    weight: 2,
    arbitrary: place.map((at) => ofMembers((members) => members.filter((_, index) => index !== at % members.length))),
  },
  { weight: 2, arbitrary: fc.tuple(place, name).map(([at, other]) => ofMember(at, ([, old]) => [[other, old]])) },
  {
    weight: 1,
    arbitrary: fc.tuple(place, value).map(([at, second]) => ofMember(at, (old) => [old, [old[0], second]])),
  },
  { weight: 1, arbitrary: fc.tuple(place, value).map(([at, first]) => ofMember(at, (old) => [[old[0], first], old])) },
  { weight: 1, arbitrary: fc.constant<Mutation>({ of: 'any', change: (tree) => ({ kind: 'list', items: [tree] }) }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2, 20, 21, 1_000).map(repeatedItems) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(place, fc.constantFrom('\u0000', '\n', '\u00a0', '💥', '.', ' ', '\\', '"'))
      .map(([at, added]) => insertion(at, added)),
  },
);

/** A tree of these with one to three mutations. */
export function mutated(good: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  const mutations = fc.array(fc.tuple(fc.nat({ max: 99 }), mutation), { minLength: 1, maxLength: 3 });
  return fc
    .tuple(good, mutations)
    .map(([tree, all]) => all.reduce((changed, [at, one]) => changeAt(changed, at, one), tree));
}

/** A list of very many small things: where each is wrong, so is each answer's part about it. */
export const crowd: fc.Arbitrary<Tree> = fc
  .tuple(fc.constantFrom('{}', '1', '""', '{"a":1}', 'null'), fc.constantFrom(100, 5_000, 30_000))
  .map(([one, count]) => ({ kind: 'list', items: Array<Tree>(count).fill(text(one)) }));

function ofMembers(change: (members: readonly Member[]) => readonly Member[]): Mutation {
  return {
    of: 'object',
    change: (tree) => (tree.kind === 'object' ? { ...tree, members: change(tree.members) } : tree),
  };
}

function ofMember(at: number, change: (member: Member) => readonly Member[]): Mutation {
  return ofMembers((members) => members.flatMap((one, index) => (index === at % members.length ? change(one) : [one])));
}

function repeatedItems(times: number): Mutation {
  const change = (tree: Tree): Tree =>
    tree.kind === 'list' ? { ...tree, items: Array<readonly Tree[]>(times).fill(tree.items.slice(0, 1)).flat() } : tree;
  return { of: 'list', change };
}

/** A character within a string, wherever that is. */
function insertion(at: number, added: string): Mutation {
  const change = (tree: Tree): Tree => {
    if (tree.kind !== 'text' || !tree.text.startsWith('"')) return tree;
    const inside = 1 + (at % Math.max(1, tree.text.length - 1));
    return text(tree.text.slice(0, inside) + JSON.stringify(added).slice(1, -1) + tree.text.slice(inside));
  };
  return { of: 'text', change };
}

/** The tree with a change at one of the places that it may be made at. */
function changeAt(tree: Tree, at: number, { of, change }: Mutation): Tree {
  const fits = (one: Tree): boolean => of === 'any' || one.kind === of;
  const count = nodesOf(tree).filter(fits).length;
  let left = count === 0 ? -1 : at % count;
  const visit = (one: Tree): Tree => {
    if (fits(one) && left-- === 0) return change(one);
    if (one.kind === 'list') return { ...one, items: one.items.map(visit) };
    if (one.kind === 'object') return { ...one, members: one.members.map(([key, member]) => [key, visit(member)]) };
    return one;
  };
  return visit(tree);
}

function nodesOf(tree: Tree): Tree[] {
  if (tree.kind === 'list') return [tree, ...tree.items.flatMap(nodesOf)];
  if (tree.kind === 'object') return [tree, ...tree.members.flatMap(([, member]) => nodesOf(member))];
  return [tree];
}

function text(written: string): Tree {
  return { kind: 'text', text: written };
}
