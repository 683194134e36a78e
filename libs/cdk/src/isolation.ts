/** The rule of the house, on what is deployed: a template refers to its own service's things, and to the bus. */
import { services } from '@distributed-patterns/contracts';
import { PREFIX } from './naming.ts';

/** Resources whose name does not begin with their owner's. */
const ownersByName: ReadonlyMap<string, string> = new Map([
  ['orders-table', 'order'],
  ['outbox-table', 'order'],
  ['idempotency-table', 'order'],
  ['order-saga', 'orchestrator'],
]);

/** What any service may name: where they meet. */
const MEETING_PLACE = 'event-bus';

/** Intrinsics by which one stack takes values from another. */
const crossStack = new Set(['Fn::ImportValue', 'Fn::GetStackOutput']);

const nameOrParameter = new RegExp(
  `(?<role>:role/)?(?:${PREFIX}-(?<name>[a-z*][a-z0-9*-]*)|/${PREFIX}/[^/]+/(?<parameter>[a-z*][a-z0-9*-]*))`,
  'g',
);

/**
 * Every reference of a synthesized template to what another service owns: physical names (in ARNs, patterns and
 * embedded JSON too), SSM parameters, and values of other stacks. Names that nobody owns count as foreign.
 * The bus names roles of all services, since its policy says which of them may speak as whom.
 */
export function foreignReferences(template: unknown, service: string): string[] {
  const found = new Set<string>();
  for (const text of textsOf(template, found)) {
    for (const { 0: reference, groups = {} } of text.matchAll(nameOrParameter)) {
      const owner = ownerOf(groups['name'] ?? groups['parameter'] ?? '');
      const isAllowed = owner === service || owner === MEETING_PLACE;
      const isSpeaker = service === MEETING_PLACE && groups['role'] !== undefined;
      if (!isAllowed && !isSpeaker) found.add(reference);
    }
  }
  return [...found].sort();
}

function ownerOf(name: string): string | undefined {
  for (const [resource, owner] of ownersByName) if (startsWithWord(name, resource)) return owner;
  return [...services, MEETING_PLACE].find((service) => startsWithWord(name, service));
}

function startsWithWord(name: string, word: string): boolean {
  return name === word || name.startsWith(`${word}-`);
}

/** All strings of a template, joined where `Fn::Join` would join them; cross-stack intrinsics are reported at once. */
function* textsOf(value: unknown, found: Set<string>): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (crossStack.has(key)) found.add(`${key} ${JSON.stringify(member)}`);
    if (key === 'Fn::Join') yield joined(member);
    // Names may be keys as well, as in mappings.
    if (!Array.isArray(value)) yield key;
    yield* textsOf(member, found);
  }
}

function joined(join: unknown): string {
  if (!Array.isArray(join)) return '';
  const [separator, parts] = join as readonly unknown[];
  if (typeof separator !== 'string' || !Array.isArray(parts)) return '';
  return parts.map((part: unknown) => (typeof part === 'string' ? part : '…')).join(separator);
}
