/** Takes over `AWS::Events::EventBus` and `AWS::Events::Archive` from a template. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import type { Clock } from '../clock.ts';
import { propertiesOf, type DeclaredResource, type ResourceIdentity } from '../resource.ts';
import type { ArchiveStore } from './archive-store.ts';
import { rulePattern } from './rule-resource.ts';
import { busArn, busNameOf, type Declarations } from './rule.ts';

/** CDK writes an empty text for the key that AWS owns; other keys are not supported. */
const ownKey = z.literal('').optional();

const busProperties = z.strictObject({
  Name: z.string().regex(/^[/.\-_A-Za-z0-9]{1,256}$/),
  Description: z.string().max(512).optional(),
  KmsKeyIdentifier: ownKey,
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
});

const archiveProperties = z.strictObject({
  ArchiveName: z
    .string()
    .regex(/^[.\-_A-Za-z0-9]{1,48}$/)
    .optional(),
  SourceArn: z.string().startsWith(busArn('')),
  Description: z.string().max(512).optional(),
  EventPattern: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  KmsKeyIdentifier: ownKey,
  RetentionDays: z.coerce.number().int().min(0).default(0),
});

/**
 * Declares a bus (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html).
 * @throws Error naming a property that is not supported or not valid
 */
export function declareBus(declarations: Declarations, resource: DeclaredResource): ResourceIdentity {
  const { Name: name, Description: description } = propertiesOf(resource, busProperties);
  declarations.addBus({ name, arn: busArn(name), description });
  return { ref: name, attributes: { Arn: busArn(name), Name: name } };
}

/**
 * Declares an archive (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-archive.html).
 * @throws Error naming a property that is not supported or not valid; AwsError InvalidEventPatternException
 */
export function declareArchive(
  declarations: Declarations,
  archives: ArchiveStore,
  clock: Clock,
  resource: DeclaredResource,
): ResourceIdentity {
  const given = propertiesOf(resource, archiveProperties);
  const name = given.ArchiveName ?? `${resource.stack}-${resource.logicalId}`.slice(-48);
  const identity = arn('events', `archive/${name}`);
  declarations.addArchive({
    name,
    arn: identity,
    busName: busNameOf(given.SourceArn),
    description: given.Description,
    pattern: given.EventPattern === undefined ? undefined : rulePattern(given.EventPattern),
    retentionDays: given.RetentionDays,
  });
  archives.create(name, clock.now());
  return { ref: name, attributes: { Arn: identity, ArchiveName: name } };
}
