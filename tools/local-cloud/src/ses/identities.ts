/** The identities and configuration sets that templates declare. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { propertiesOf, type ResourceProviders } from '../resource.ts';
import type { Address } from './address.ts';

const tags = z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional();

const configurationSetProperties = z.strictObject({
  Name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  DeliveryOptions: z.strictObject({ TlsPolicy: z.enum(['REQUIRE', 'OPTIONAL']).optional() }).optional(),
  ReputationOptions: z.strictObject({ ReputationMetricsEnabled: z.boolean().optional() }).optional(),
  SendingOptions: z.strictObject({ SendingEnabled: z.literal(true).optional() }).optional(),
  SuppressionOptions: z.strictObject({ SuppressedReasons: z.array(z.string()).optional() }).optional(),
  Tags: tags,
});

const emailIdentityProperties = z.strictObject({
  EmailIdentity: z.string(),
  ConfigurationSetAttributes: z.strictObject({ ConfigurationSetName: z.string().optional() }).optional(),
  DkimAttributes: z.strictObject({ SigningEnabled: z.boolean().optional() }).optional(),
  FeedbackAttributes: z.strictObject({ EmailForwardingEnabled: z.boolean().optional() }).optional(),
  MailFromAttributes: z
    .strictObject({ MailFromDomain: z.string().optional(), BehaviorOnMxFailure: z.string().optional() })
    .optional(),
  Tags: tags,
});

/** The events that are told of, by the names that CloudFormation has for them. */
export const FEEDBACK = ['bounce', 'complaint', 'reject'] as const;
export type FeedbackType = (typeof FEEDBACK)[number];

const eventDestinationProperties = z.strictObject({
  ConfigurationSetName: z.string(),
  EventDestination: z.strictObject({
    Name: z.string().optional(),
    Enabled: z.boolean().default(false),
    MatchingEventTypes: z.array(z.enum(FEEDBACK)).min(1),
    // SES publishes to the default bus only.
    EventBridgeDestination: z.strictObject({ EventBusArn: z.literal(arn('events', 'event-bus/default')) }),
  }),
});

/**
 * What may send. No mail leaves this machine and there is no DNS to ask, so every identity counts as verified;
 * a configuration set has to be declared, as on AWS.
 */
export class Identities {
  readonly #declared = new Set<string>();
  readonly #configurationSets = new Set<string>();
  readonly #told = new Map<string, Set<FeedbackType>>();

  /** The providers, with the return values that CloudFormation documents. */
  readonly resources: ResourceProviders = {
    'AWS::SES::ConfigurationSet': (resource) => {
      const { Name } = propertiesOf(resource, configurationSetProperties);
      const name = Name ?? `${resource.stack}-${resource.logicalId}`.slice(0, 64);
      this.#configurationSets.add(name);
      return { ref: name, attributes: {} };
    },
    'AWS::SES::ConfigurationSetEventDestination': (resource) => {
      const { ConfigurationSetName, EventDestination } = propertiesOf(resource, eventDestinationProperties);
      const told = this.#told.get(ConfigurationSetName) ?? new Set();
      this.#told.set(ConfigurationSetName, told);
      if (EventDestination.Enabled) for (const type of EventDestination.MatchingEventTypes) told.add(type);
      return { ref: `${resource.stack}-${resource.logicalId}`, attributes: {} };
    },
    'AWS::SES::EmailIdentity': (resource) => {
      const { EmailIdentity } = propertiesOf(resource, emailIdentityProperties);
      this.#declared.add(EmailIdentity.toLowerCase());
      return { ref: EmailIdentity, attributes: dkimRecords(EmailIdentity) };
    },
  };

  hasConfigurationSet(name: string): boolean {
    return this.#configurationSets.has(name);
  }

  /** Whether EventBridge is to hear of events of this type about mails of a configuration set. */
  isTold(configurationSet: string | undefined, type: FeedbackType): boolean {
    return configurationSet !== undefined && this.#told.get(configurationSet)?.has(type) === true;
  }

  /**
   * The identity that a sender needs `ses:SendEmail` on: the address where it is declared as one, else the declared
   * domain that it lies in, else its own domain.
   */
  identityArn({ address, domain }: Address): string {
    if (this.#declared.has(address.toLowerCase())) return arn('ses', `identity/${address}`);
    const over = [...this.#declared].find((each) => domain.endsWith(`.${each}`) && !this.#declared.has(domain));
    return arn('ses', `identity/${over ?? domain}`);
  }
}

/** A domain's three DKIM records, which nobody publishes here. */
function dkimRecords(identity: string): Record<string, string> {
  const records: Record<string, string> = {};
  for (const each of [1, 2, 3]) {
    records[`DkimDNSTokenName${each}`] = `local${each}._domainkey.${identity}`;
    records[`DkimDNSTokenValue${each}`] = `local${each}.dkim.amazonses.com`;
  }
  return records;
}
