/** Writes the bus's CloudFormation template to cdk.out. */
import { synthesize } from '@distributed-patterns/cdk';
import { EventBusStack } from './event-bus.stack.ts';

synthesize((app, props) => new EventBusStack(app, props));
