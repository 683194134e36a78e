/** Writes the inventory service's CloudFormation template and assets to cdk.out. */
import { synthesize } from '@distributed-patterns/cdk';
import { InventoryStack } from './inventory.stack.ts';

synthesize((app, props) => new InventoryStack(app, props));
