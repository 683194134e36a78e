/** Takes over the API Gateway v2 resources of a template. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { REGION } from '../arn.ts';
import { propertiesOf, type DeclaredResource, type ResourceProviders } from '../resource.ts';
import { checkFormat } from './access-log-format.ts';
import type { JwtAuthorizer, RateLimit, Registry, RouteAuthorization, Stage } from './registry.ts';
import { parseRouteKey } from './route-key.ts';

/** The longest and the usual time that an integration may take, in milliseconds. */
const LONGEST_INTEGRATION = 30_000;
/** What an account may ask of a region, which rules where a stage names one limit but not the other. */
const ACCOUNT_LIMIT: RateLimit = { rate: 10_000, burst: 5_000 };
/** A day: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html#apis-apiid-model-cors */
const LONGEST_PREFLIGHT = 86_400;

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
      MaxAge: z.number().int().min(-1).max(LONGEST_PREFLIGHT).optional(),
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
  AuthorizationType: z.enum(['NONE', 'JWT']).default('NONE'),
  AuthorizerId: z.string().optional(),
  AuthorizationScopes: z.array(z.string()).default([]),
  OperationName: z.string().optional(),
});

/** `$request.header.Authorization` or `$request.querystring.token`. */
const identitySource = z
  .string()
  .regex(/^\$request\.(header|querystring)\.[^\s,]+$/, 'must be $request.header.<name> or $request.querystring.<name>');

/** AWS takes an issuer over TLS only; the one in this runtime is on the loopback, where there is none. */
const issuer = z
  .url()
  .refine((url) => /^https:|^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(url), 'must begin with https://');

const authorizerProperties = z.strictObject({
  ApiId: z.string(),
  Name: z.string(),
  AuthorizerType: z.literal('JWT'),
  IdentitySource: z.tuple([identitySource]),
  JwtConfiguration: z.strictObject({ Issuer: issuer, Audience: z.array(z.string()).min(1) }),
});

const routeSettings = z.strictObject({
  DetailedMetricsEnabled: z.boolean().optional(),
  ThrottlingBurstLimit: z.number().int().min(0).optional(),
  ThrottlingRateLimit: z.number().min(0).optional(),
});

const accessLogSettings = z.strictObject({
  DestinationArn: z
    .string()
    .regex(/^arn:aws:logs:[^:]+:\d{12}:log-group:[^:]+(:\*)?$/, 'must be the ARN of a log group'),
  Format: z.string(),
});

const stageProperties = z.strictObject({
  ApiId: z.string(),
  StageName: z.string(),
  AutoDeploy: z.literal(true, 'must be true: there are no deployments here'),
  Description: z.string().optional(),
  StageVariables: z.record(z.string(), z.string()).default({}),
  DefaultRouteSettings: routeSettings.optional(),
  RouteSettings: z.record(z.string(), routeSettings).default({}),
  AccessLogSettings: accessLogSettings.optional(),
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
        authorizers: new Map(),
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
    'AWS::ApiGatewayV2::Authorizer': (resource) => {
      const { ApiId, IdentitySource, JwtConfiguration } = propertiesOf(resource, authorizerProperties);
      const id = identifier(resource, 6);
      registry.api(ApiId).authorizers.set(id, {
        issuer: JwtConfiguration.Issuer,
        audiences: JwtConfiguration.Audience,
        identitySource: readIdentitySource(IdentitySource[0]),
      });
      return { ref: id, attributes: { AuthorizerId: id } };
    },
    'AWS::ApiGatewayV2::Route': (resource) => {
      const properties = propertiesOf(resource, routeProperties);
      const { ApiId, RouteKey, Target } = properties;
      const api = registry.api(ApiId);
      const integration = api.integrations.get(Target.slice('integrations/'.length));
      if (integration === undefined) throw new Error(`${resource.logicalId}: ${api.name} has no ${Target}`);
      const authorization = authorizationOf(properties, api.authorizers);
      registry.addRoute(api, { key: parseRouteKey(RouteKey), integration, authorization });
      const id = identifier(resource, 7);
      return { ref: id, attributes: { RouteId: id } };
    },
    'AWS::ApiGatewayV2::Stage': (resource) => {
      const properties = propertiesOf(resource, stageProperties);
      registry.api(properties.ApiId).stages.push(stageOf(properties));
      return { ref: properties.StageName, attributes: {} };
    },
  };
}

/** A route says whether it asks for a token; what it says of the token then must fit. */
function authorizationOf(
  { AuthorizationType, AuthorizerId, AuthorizationScopes }: z.infer<typeof routeProperties>,
  authorizers: ReadonlyMap<string, JwtAuthorizer>,
): RouteAuthorization | undefined {
  if (AuthorizationType === 'NONE') {
    if (AuthorizerId === undefined && AuthorizationScopes.length === 0) return undefined;
    throw new Error('AuthorizerId and AuthorizationScopes need an AuthorizationType of JWT');
  }
  const authorizer = AuthorizerId === undefined ? undefined : authorizers.get(AuthorizerId);
  if (authorizer === undefined) {
    throw new Error(
      'Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.',
    );
  }
  return { authorizer, scopes: AuthorizationScopes };
}

function readIdentitySource(text: string): JwtAuthorizer['identitySource'] {
  const [, kind, ...name] = text.split('.');
  return { kind: kind === 'header' ? 'header' : 'querystring', name: name.join('.') };
}

function stageOf(properties: z.infer<typeof stageProperties>): Stage {
  const { StageName, StageVariables, DefaultRouteSettings, RouteSettings, AccessLogSettings } = properties;
  const routeLimits = Object.entries(RouteSettings).flatMap(([key, settings]) => {
    const limit = limitOf(settings);
    return limit === undefined ? [] : [[key, limit] as const];
  });
  return {
    name: StageName,
    variables: StageVariables,
    limit: limitOf(DefaultRouteSettings ?? {}),
    routeLimits: new Map(routeLimits),
    accessLog: AccessLogSettings && {
      logGroup: AccessLogSettings.DestinationArn.split(':')[6] ?? '',
      format: checkFormat(AccessLogSettings.Format),
    },
  };
}

function limitOf(settings: z.infer<typeof routeSettings>): RateLimit | undefined {
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = settings;
  if (rate === undefined && burst === undefined) return undefined;
  return { rate: rate ?? ACCOUNT_LIMIT.rate, burst: burst ?? ACCOUNT_LIMIT.burst };
}

/** An id as API Gateway gives it, the same on every start. */
function identifier(resource: DeclaredResource, length: number): string {
  const digest = createHash('sha256').update(`${resource.stack}/${resource.logicalId}`).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(0, length);
}
