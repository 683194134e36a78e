/** A service's own HTTP API: routes to functions, one of which answers whatever matches no route. */
import { CfnOutput, Duration, Validations } from 'aws-cdk-lib/core';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type AddRoutesOptions,
  HttpApi,
  type HttpApiProps,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { alarm } from './alarms.ts';
import { logRetention } from './logs.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceStack } from './service-stack.ts';
import type { TokenSettings } from './stage-settings.ts';

export { HttpMethod };

/**
 * Who may call a route, where the stage asks for tokens: whoever may call the API, administrators only, or anybody,
 * whose requests then prove by themselves where they come from.
 */
export type Access = 'caller' | 'administrator' | 'anybody';

/** One request a line, with what is needed to find it again in the function's log. */
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  routeKey: '$context.routeKey',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  responseLatency: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
});

/**
 * An HTTP API with a stage named as the deployment stage, so that its paths begin with `/dev`.
 * Where the stage's settings name an issuer, every route asks for one of its tokens.
 */
export class HttpService extends Construct {
  readonly #api: HttpApi;
  readonly #auth: TokenSettings | undefined;

  /** @param notFound answers every request that no route matches */
  constructor(scope: Construct, notFound: ServiceFunction) {
    super(scope, 'Api');
    const stack = ServiceStack.of(this);
    const { auth } = stack.settings;
    this.#auth = auth;
    this.#api = new HttpApi(this, 'HttpApi', {
      apiName: stack.ownName('api'),
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration('NotFoundIntegration', notFound),
      ...(auth && askingForToken(auth)),
    });
    this.#stage(stack);
    if (auth === undefined) {
      const reason = 'The settings of the stage leave its API open: an order can be read by whoever knows its id.';
      Validations.of(this).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    }
    const metric = this.#api.metricServerError({ period: Duration.minutes(1), statistic: 'Sum' });
    alarm(this, 'api-errors', {
      metric,
      threshold: 5,
      meaning: 'The API answered five requests in a minute with a 5xx.',
    });
  }

  /** Sends the requests of a method and path to a function. */
  route(method: HttpMethod, path: string, handler: ServiceFunction, access: Access = 'caller'): void {
    const integration = new HttpLambdaIntegration(`${handler.node.id}Integration`, handler);
    const routes = this.#api.addRoutes({ path, methods: [method], integration, ...this.#authorization(access) });
    if (this.#auth === undefined || access !== 'anybody') return;
    const reason = 'Whoever calls this route has no token of ours; its requests prove where they come from.';
    for (const route of routes) Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
  }

  /** What a route has in place of the API's defaults. */
  #authorization(access: Access): Pick<AddRoutesOptions, 'authorizer' | 'authorizationScopes'> {
    if (this.#auth === undefined || access === 'caller') return {};
    if (access === 'anybody') return { authorizer: new HttpNoneAuthorizer(), authorizationScopes: [] };
    return { authorizationScopes: [...this.#auth.adminScopes] };
  }

  #stage(stack: ServiceStack): void {
    const logGroup = new LogGroup(this, 'AccessLogs', {
      // Below /aws/vendedlogs/ the log group needs no entry in the account's resource policy, which is limited in size.
      logGroupName: `/aws/vendedlogs/apigateway/${stack.ownName('api')}`,
      retention: logRetention(stack.stage),
      removalPolicy: stack.removalPolicy,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      stageName: stack.stage,
      autoDeploy: true,
      throttle: stack.settings.throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
    new CfnOutput(stack, 'ApiUrl', { value: stage.url });
  }
}

/** As the API's default, the authorizer guards `$default` too: what is not there is no business of a stranger's. */
function askingForToken({ issuer, audiences, scopes }: TokenSettings): HttpApiProps {
  return {
    defaultAuthorizer: new HttpJwtAuthorizer('TokenAuthorizer', issuer, { jwtAudience: [...audiences] }),
    defaultAuthorizationScopes: [...scopes],
  };
}
