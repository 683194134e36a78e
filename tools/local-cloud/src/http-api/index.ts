/** API Gateway HTTP APIs: every declared API on one port. */
import type { DocsPage } from '../docs-page/index.ts';
import type { LogSink } from '../logs/index.ts';
import type { Ground, Part } from '../part.ts';
import { Gateway } from './gateway.ts';
import { Registry } from './registry.ts';
import { apiGatewayResources } from './resources.ts';
import { type Listening, serve } from './server.ts';

export type { Listening } from './server.ts';

/** The order service's API answers for paths that belong to nobody: it is what a person calls first. */
const FRONT_DOOR = '-order-';

/** The part that takes AWS::ApiGatewayV2 resources and serves them. */
export interface HttpApi extends Part {
  /**
   * Serves all APIs on one port of this machine, with and without their stage's name in front; 0 takes a free port.
   * A page for people is asked first, and leaves every path to the APIs that it does not have.
   * @throws Error with code EADDRINUSE where the port is taken
   */
  listen(port: number, page?: DocsPage): Promise<Listening>;
}

/** HTTP APIs as API Gateway runs them (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html). */
export function createHttpApi(ground: Ground, logs: LogSink): HttpApi {
  const registry = new Registry();
  const gateway = new Gateway(ground, logs, registry, FRONT_DOOR);
  const listening: Listening[] = [];
  return {
    services: {},
    resources: apiGatewayResources(registry),
    async listen(port, page) {
      const server = await serve(async (request) => page?.(request) ?? gateway.handle(request), port);
      listening.push(server);
      return server;
    },
    async stop() {
      await Promise.all(listening.splice(0).map((server) => server.close()));
    },
  };
}
