/** Writes the payment service's CloudFormation template and assets to cdk.out. */
import { synthesize } from '@distributed-patterns/cdk';
import { PaymentStack } from './payment.stack.ts';

synthesize((app, props) => new PaymentStack(app, props));
