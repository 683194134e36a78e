/** EnableRule and DisableRule. */
import * as z from 'zod';
import { operation, parser, type BoundOperation } from '../service.ts';
import { findRule } from './lookup.ts';
import { busNameOf, DEFAULT_BUS, ruleArn, type Declarations, type Rule } from './rule.ts';

const request = parser(z.strictObject({ Name: z.string(), EventBusName: z.string().optional() }));

/**
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html and
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html.
 * What was owed before a rule is switched off is delivered all the same.
 */
export function switchRuleOperations(
  declarations: Declarations,
  switchTo: (rule: Rule, isEnabled: boolean) => void,
): Record<string, BoundOperation> {
  const switching = (operationName: string, isEnabled: boolean): BoundOperation =>
    operation({
      parse: request,
      needs: ({ Name, EventBusName = DEFAULT_BUS }) => [
        { action: `events:${operationName}`, resource: ruleArn(busNameOf(EventBusName), Name) },
      ],
      run: ({ Name, EventBusName }) => {
        switchTo(findRule(declarations, Name, EventBusName), isEnabled);
        return {};
      },
    });
  return { EnableRule: switching('EnableRule', true), DisableRule: switching('DisableRule', false) };
}
