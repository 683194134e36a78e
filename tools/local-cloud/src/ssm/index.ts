/** SSM's parameter store. */
import * as z from 'zod';
import type { Ground, Part } from '../part.ts';
import { propertiesOf } from '../resource.ts';
import { parameterOperations, refuseValue } from './operations.ts';
import { refuseName } from './parameter-name.ts';
import { ParameterStore } from './parameter-store.ts';

const parameterProperties = z.strictObject({
  Name: z.string().optional(),
  Type: z.enum(['String', 'StringList']),
  Value: z.string(),
  Description: z.string().optional(),
  DataType: z.literal('text').optional(),
  Tier: z.literal('Standard').optional(),
  Tags: z.record(z.string(), z.string()).optional(),
});

/** What a person would have put by hand, since CloudFormation creates no SecureString. */
export interface SsmOptions {
  /** SecureStrings by name; what was put since the same was seeded stays as it is. */
  readonly seed?: Readonly<Record<string, string>>;
}

/** The parameter store (https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html). */
export function createSsm({ clock, database }: Ground, { seed = {} }: SsmOptions = {}): Part {
  const parameters = new ParameterStore(database);
  for (const [name, value] of Object.entries(seed)) parameters.declare(name, 'SecureString', value, clock.now());
  return {
    services: {
      ssm: {
        name: 'ssm',
        wire: { protocol: 'json', version: '1.1', targetPrefix: 'AmazonSSM', errorNamespace: 'com.amazonaws.ssm' },
        operations: parameterOperations(parameters, clock),
      },
    },
    resources: {
      'AWS::SSM::Parameter': (resource) => {
        const { Name, Type, Value } = propertiesOf(resource, parameterProperties);
        const name = Name ?? `CFN-${resource.stack}-${resource.logicalId}`;
        refuseName(name);
        refuseValue(Value);
        parameters.declare(name, Type, Value, clock.now());
        return { ref: name, attributes: { Type, Value } };
      },
    },
  };
}
