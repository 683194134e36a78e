/** Writes the notification service's CloudFormation template and assets to cdk.out. */
import { synthesize } from '@distributed-patterns/cdk';
import { NotificationStack } from './notification.stack.ts';

synthesize((app, props) => new NotificationStack(app, props));
