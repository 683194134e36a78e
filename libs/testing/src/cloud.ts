/** The local AWS in the test's own process, with the few resources that a test declares. */
import { type Cloud, startCloud } from '@distributed-patterns/local-cloud';

/** A resource as a template declares it. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

/** What a client of the AWS SDK is made with to speak to it: no call is repeated behind the test's back. */
export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

/** Starts it on free ports of the loopback interface; it keeps nothing. */
export function startCloudWith(resources: Readonly<Record<string, Resource>> = {}): Promise<Cloud> {
  const template = {
    Parameters: {},
    Mappings: {},
    Conditions: {},
    Outputs: {},
    Resources: Object.fromEntries(
      Object.entries(resources).map(([name, { Type, Properties }]) => [name, { Type, Properties, DependsOn: [] }]),
    ),
  };
  const stack = { name: 'test', file: 'the test', template, assets: new Map<string, string>() };
  return startCloud({ apps: [stack], dataDirectory: ':memory:', apiPort: 0, awsPort: 0 });
}

/** The settings of a client of this cloud. */
export function clientOf(cloud: Cloud): ClientSettings {
  return {
    endpoint: cloud.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
}
