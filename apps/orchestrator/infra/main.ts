/** Writes the orchestrator's CloudFormation template and assets to cdk.out. */
import { synthesize } from '@distributed-patterns/cdk';
import { OrchestratorStack } from './orchestrator.stack.ts';

synthesize((app, props) => new OrchestratorStack(app, props));
