/** Takes over the API Gateway v2 resources of a template. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { notImplemented } from '../aws-error.ts';
import { REGION } from '../arn.ts';
import { propertiesOf, type DeclaredResource, type ResourceProviders } from '../resource.ts';
import type { Registry } from './registry.ts';
import { parseRouteKey } from './route-key.ts';

/** The longest and the usual time that an integration may take, in milliseconds. */
const LONGEST_INTEGRATION = 30_000;

const tags = z.record(z.string(), z.string()).optional();
const names = z.array(z.string()).optional();

const apiProperties = z.strictObject({
  Name: z.string(),
  ProtocolType: z.literal('HTTP'),
  Description: z.string().optional(),
  DisableExecuteApiEndpoint: z.literal(false).optional(),
  Tags: tags,
  CorsConfiguration: z
    .strictObject({
      AllowCredentials: z.boolean().optional(),
      AllowHeaders: names,
      AllowMethods: names,
      AllowOrigins: names,
      ExposeHeaders: names,
      MaxAge: z.number().int().optional(),
    })
    .refine(
      (cors) => !(cors.AllowCredentials === true && cors.AllowOrigins?.includes('*')),
      'credentials need named origins',
    )
    .optional(),
});

const integrationProperties = z.strictObject({
  ApiId: z.string(),
  Description: z.string().optional(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z
    .string()
    .regex(/^arn:aws:lambda:[^:]+:\d{12}:function:[^:]+(:[^:]+)?$/, 'must be the ARN of a function'),
  IntegrationMethod: z.literal('POST').optional(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: z.number().int().min(50).max(LONGEST_INTEGRATION).default(LONGEST_INTEGRATION),
});

const routeProperties = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string().regex(/^integrations\//, 'must be integrations/<id>'),
  AuthorizationType: z.literal('NONE').optional(),
  OperationName: z.string().optional(),
});

const stageProperties = z.strictObject({
  ApiId: z.string(),
  StageName: z.string(),
  AutoDeploy: z.literal(true, 'must be true: there are no deployments here'),
  Description: z.string().optional(),
  StageVariables: z.record(z.string(), z.string()).default({}),
  DefaultRouteSettings: z
    .strictObject({
      DetailedMetricsEnabled: z.boolean().optional(),
      ThrottlingBurstLimit: z.number().int().min(0).optional(),
      ThrottlingRateLimit: z.number().min(0).optional(),
    })
    .optional(),
  AccessLogSettings: z.strictObject({ DestinationArn: z.string(), Format: z.string() }).optional(),
  Tags: tags,
});

/** The providers of AWS::ApiGatewayV2::*, with the return values that CloudFormation documents. */
export function apiGatewayResources(registry: Registry): ResourceProviders {
  return {
    'AWS::ApiGatewayV2::Api': (resource) => {
      const { Name, CorsConfiguration } = propertiesOf(resource, apiProperties);
      const id = identifier(resource, 10);
      const declaredBy = `${Name} (${resource.stack}/${resource.logicalId})`;
      registry.add({
        id,
        name: Name,
        declaredBy,
        cors: CorsConfiguration,
        integrations: new Map(),
        routes: [],
        stages: [],
      });
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: `https://${id}.execute-api.${REGION}.amazonaws.com` } };
    },
    'AWS::ApiGatewayV2::Integration': (resource) => {
      const { ApiId, IntegrationUri, TimeoutInMillis } = propertiesOf(resource, integrationProperties);
      const id = identifier(resource, 7);
      registry.api(ApiId).integrations.set(id, { id, functionArn: IntegrationUri, timeout: TimeoutInMillis });
      return { ref: id, attributes: { IntegrationId: id } };
    },
    'AWS::ApiGatewayV2::Route': (resource) => {
      const { ApiId, RouteKey, Target } = propertiesOf(resource, routeProperties);
      const api = registry.api(ApiId);
      const integration = api.integrations.get(Target.slice('integrations/'.length));
      if (integration === undefined) throw new Error(`${resource.logicalId}: ${api.name} has no ${Target}`);
      registry.addRoute(api, { key: parseRouteKey(RouteKey), integration });
      const id = identifier(resource, 7);
      return { ref: id, attributes: { RouteId: id } };
    },
    'AWS::ApiGatewayV2::Stage': (resource) => {
      const { ApiId, StageName, StageVariables, DefaultRouteSettings } = propertiesOf(resource, stageProperties);
      const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = DefaultRouteSettings ?? {};
      const limit =
        rate === undefined && burst === undefined ? undefined : { rate: rate ?? Infinity, burst: burst ?? Infinity };
      registry.api(ApiId).stages.push({ name: StageName, variables: StageVariables, limit });
      return { ref: StageName, attributes: {} };
    },
    'AWS::ApiGatewayV2::Authorizer': () => {
      throw notImplemented('AWS::ApiGatewayV2::Authorizer');
    },
  };
}

/** An id as API Gateway gives it, the same on every start. */
function identifier(resource: DeclaredResource, length: number): string {
  const digest = createHash('sha256').update(`${resource.stack}/${resource.logicalId}`).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(0, length);
}
