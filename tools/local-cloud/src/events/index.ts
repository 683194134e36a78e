/** Amazon EventBridge: buses, rules, schedules and archives, with deliveries that outlive the process. */
import type { Timer } from '../clock.ts';
import type { Ground, Part } from '../part.ts';
import { ArchiveStore } from './archive-store.ts';
import { declareArchive, declareBus } from './bus-resource.ts';
import { Deliveries } from './deliveries.ts';
import { describeOperations } from './describe.ts';
import { putEventsOperation } from './put-events.ts';
import { replayOperations } from './replay-operations.ts';
import { ReplayStore } from './replay-store.ts';
import { Replays } from './replays.ts';
import { declareRule } from './rule-resource.ts';
import { RuleStates } from './rule-states.ts';
import { Declarations, type Rule } from './rule.ts';
import { Scheduler } from './scheduler.ts';
import { switchRuleOperations } from './switch-rule.ts';

export { compilePattern } from './pattern.ts';

/** The EventBridge part. Its fault point is `events.deliver` (facts: detailType, source, rule), before each delivery. */
export function createEvents(ground: Ground): Part {
  const { clock, database, report } = ground;
  const declarations = new Declarations();
  const archives = new ArchiveStore(database);
  const deliveries = new Deliveries(ground, declarations);
  const expiries = new Map<string, Timer>();
  const states = new RuleStates(database);
  const scheduler = new Scheduler(ground, declarations, states, deliveries);
  const store = new ReplayStore(database);
  const replays = new Replays(ground, { declarations, states, deliveries, store });
  const switchTo = (rule: Rule, isEnabled: boolean): void => {
    states.set(rule, isEnabled);
    scheduler.refresh(rule);
  };

  return {
    services: {
      events: {
        name: 'events',
        wire: {
          protocol: 'json',
          version: '1.1',
          targetPrefix: 'AWSEvents',
          errorNamespace: 'com.amazonaws.eventbridge',
        },
        operations: {
          PutEvents: putEventsOperation({ declarations, deliveries, archives, states, database, clock, report }),
          ...describeOperations({ declarations, archives, states, clock }),
          ...switchRuleOperations(declarations, switchTo),
          ...replayOperations({ declarations, store, clock, begin: (name) => replays.begin(name) }),
        },
      },
    },
    resources: {
      'AWS::Events::EventBus': (resource) => declareBus(declarations, resource),
      'AWS::Events::Rule': (resource) => declareRule(declarations, states, resource),
      'AWS::Events::Archive': (resource) => declareArchive(declarations, archives, clock, resource),
    },
    start() {
      declarations.checkBuses();
      for (const archive of declarations.archives.values()) {
        archives.expireDaily(archive, clock, (timer) => expiries.set(archive.name, timer));
      }
      deliveries.start();
      scheduler.start();
      replays.start();
    },
    stop() {
      for (const timer of expiries.values()) timer.cancel();
      scheduler.stop();
      replays.stop();
      deliveries.stop();
    },
  };
}
