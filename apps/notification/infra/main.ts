/** Writes the notification service's CloudFormation template and assets to cdk.out. */
import { synthesize } from '@distributed-patterns/cdk';
import { NotificationStack } from './notification.stack.ts';

/** Good enough for one machine; `npm run deploy` asks for a domain that is verified in SES. */
const senderDomain = process.env['SENDER_DOMAIN'] ?? 'distributed-patterns.example';

synthesize((app, props) => new NotificationStack(app, { ...props, senderDomain }));
