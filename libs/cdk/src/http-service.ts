/** A service's own HTTP API: routes to functions, one of which answers whatever matches no route. */
import { CfnOutput, Duration, Validations } from 'aws-cdk-lib/core';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { alarm } from './alarms.ts';
import { logRetention } from './logs.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceStack } from './service-stack.ts';

export { HttpMethod };

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

/** Requests a second: an order of magnitude over what the saga's quotas let through, far below the account's 10,000. */
const THROTTLE = { rateLimit: 1000, burstLimit: 2000 };

/** An HTTP API with a stage named as the deployment stage, so that its paths begin with `/dev`. */
export class HttpService extends Construct {
  readonly #api: HttpApi;

  /** @param notFound answers every request that no route matches */
  constructor(scope: Construct, notFound: ServiceFunction) {
    super(scope, 'Api');
    const stack = ServiceStack.of(this);
    this.#api = new HttpApi(this, 'HttpApi', {
      apiName: stack.ownName('api'),
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration('NotFoundIntegration', notFound),
    });
    this.#stage(stack);
    const reason = 'An order is placed without an account; its id, which cannot be guessed, is what lets one read it.';
    Validations.of(this).acknowledge({ id: 'AwsSolutions-APIG4', reason });
    const metric = this.#api.metricServerError({ period: Duration.minutes(1), statistic: 'Sum' });
    alarm(this, 'api-errors', {
      metric,
      threshold: 5,
      meaning: 'The API answered five requests in a minute with a 5xx.',
    });
  }

  /** Sends the requests of a method and path to a function. */
  route(method: HttpMethod, path: string, handler: ServiceFunction): void {
    const integration = new HttpLambdaIntegration(`${handler.node.id}Integration`, handler);
    this.#api.addRoutes({ path, methods: [method], integration });
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
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
    new CfnOutput(stack, 'ApiUrl', { value: stage.url });
  }
}
