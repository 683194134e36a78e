/** Writes the order service's CloudFormation template and assets to cdk.out. */
import { synthesize } from '@distributed-patterns/cdk';
import { OrderStack } from './order.stack.ts';

synthesize((app, props) => new OrderStack(app, props));
