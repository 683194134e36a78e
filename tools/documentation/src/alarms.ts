/** The alarms that the stacks make, by the last part of their names, read from the sources. */
import { pathsOf, read } from './repository.ts';

/** Where alarms are made: the constructs, and the stacks. */
const sources = ['libs/cdk/src/*.ts', 'apps/*/infra/*.ts'];

/** Each use of what makes an alarm, with the name that it is given. */
const alarmUse = /(?<!function )\balarm\(\s*[\w.]+,\s*['`]([^'`]+)['`]/g;
const queueUse = /new AlarmedQueue\(\s*[\w.]+,\s*['`]([^'`]+)['`]/g;
const queueName = /new (?:Inbox|ConsumedQueue)\(\s*[\w.]+,\s*\{[^}]*?\bname: '([^']+)'/g;

/** An inbox that is given no name. */
const USUAL_INBOX = 'inbox';

/** The names of all alarms: `outbox-stuck`, `inbox-dlq-not-empty` and so on. */
export function alarmNames(): string[] {
  const texts = pathsOf(...sources)
    .filter((path) => !path.endsWith('.test.ts'))
    .map(read);
  const found = (use: RegExp) => texts.flatMap((text) => [...text.matchAll(use)].map(([, name = '']) => name));
  const consumed = [USUAL_INBOX, ...found(queueName)];
  const ofConsumed = (names: readonly string[]) =>
    names.flatMap((name) => consumed.map((queue) => name.replace('${name}', queue)));
  const names = found(alarmUse).filter((name) => name !== '${name}-not-empty');
  const queues = found(queueUse).map((name) => `${name}-not-empty`);
  return [...new Set(ofConsumed([...names, ...queues]))].sort();
}

/** How many alarms and alarmed queues the sources make, however they are named: none may be overlooked. */
export function alarmUses(): { readonly made: number; readonly named: number } {
  const texts = pathsOf(...sources)
    .filter((path) => !path.endsWith('.test.ts'))
    .map(read);
  const count = (use: RegExp) => texts.reduce((sum, text) => sum + [...text.matchAll(use)].length, 0);
  return {
    made: count(/(?<!function )\balarm\(/g) + count(/new AlarmedQueue\(/g),
    named: count(alarmUse) + count(queueUse),
  };
}
