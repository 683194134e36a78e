/** The form of a synthesized CloudFormation template, read strictly: a section or attribute that is not known stops the start. */
import * as z from 'zod';

const dependsOn = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

const resourceSchema = z.strictObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: dependsOn.default([]),
  Condition: z.string().optional(),
  // What becomes of a resource when its stack is deleted says nothing to a runtime that deletes none.
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  Metadata: z.unknown().optional(),
});

const parameterSchema = z.looseObject({
  Type: z.string(),
  Default: z.union([z.string(), z.number()]).transform(String).optional(),
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html */
export const templateSchema = z.strictObject({
  AWSTemplateFormatVersion: z.string().optional(),
  Description: z.string().optional(),
  Metadata: z.unknown().optional(),
  Parameters: z.record(z.string(), parameterSchema).default({}),
  // The only rule the CDK writes checks the version of its bootstrap stack, which this runtime does not need.
  Rules: z.strictObject({ CheckBootstrapVersion: z.unknown().optional() }).optional(),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown(), Condition: z.string().optional() })).default({}),
});

/** A template. */
export type Template = z.infer<typeof templateSchema>;
/** A resource of a template, its intrinsics unresolved. */
export type TemplateResource = Template['Resources'][string];
