/** Prints what the documentation speaks of and no document contains: Nx runs the tests again when it changes. */
import { alarmNames } from './alarms.ts';
import { pathsOf } from './repository.ts';

console.log([...pathsOf('*', '{apps,libs,tools,docs}/**/*'), ...alarmNames()].join('\n'));
