/** Amazon EventBridge: buses, rules, schedules and archives, with deliveries that outlive the process. */
import type { Timer } from '../clock.ts';
import type { Ground, Part } from '../part.ts';
import { ArchiveStore } from './archive-store.ts';
import { declareArchive, declareBus } from './bus-resource.ts';
import { Deliveries } from './deliveries.ts';
import { describeOperations } from './describe.ts';
import { putEventsOperation } from './put-events.ts';
import { declareRule } from './rule-resource.ts';
import { Declarations } from './rule.ts';
import { Scheduler } from './scheduler.ts';

export { compilePattern } from './pattern.ts';

/** The EventBridge part. Its fault point is `events.deliver` (facts: detailType, source, rule), before each delivery. */
export function createEvents(ground: Ground): Part {
  const { clock, database, report } = ground;
  const declarations = new Declarations();
  const archives = new ArchiveStore(database);
  const deliveries = new Deliveries(ground, declarations);
  const expiries = new Map<string, Timer>();
  const scheduler = new Scheduler(ground, declarations, deliveries);

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
          PutEvents: putEventsOperation({ declarations, deliveries, archives, database, clock, report }),
          ...describeOperations(declarations, archives, clock),
        },
      },
    },
    resources: {
      'AWS::Events::EventBus': (resource) => declareBus(declarations, resource),
      'AWS::Events::Rule': (resource) => declareRule(declarations, resource),
      'AWS::Events::Archive': (resource) => declareArchive(declarations, archives, clock, resource),
    },
    start() {
      declarations.checkBuses();
      for (const archive of declarations.archives.values()) {
        archives.expireDaily(archive, clock, (timer) => expiries.set(archive.name, timer));
      }
      deliveries.start();
      scheduler.start();
    },
    stop() {
      for (const timer of expiries.values()) timer.cancel();
      scheduler.stop();
      deliveries.stop();
    },
  };
}
