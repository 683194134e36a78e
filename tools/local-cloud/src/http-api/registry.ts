/** The HTTP APIs that templates have declared, with their routes, integrations and stages. */
import { DEFAULT_ROUTE, routeKeyShape, type RouteKey } from './route-key.ts';

/** What an API answers to preflight requests, and adds to the answers for other origins. */
export interface CorsConfiguration {
  readonly AllowCredentials?: boolean | undefined;
  readonly AllowHeaders?: readonly string[] | undefined;
  readonly AllowMethods?: readonly string[] | undefined;
  readonly AllowOrigins?: readonly string[] | undefined;
  readonly ExposeHeaders?: readonly string[] | undefined;
  /** Seconds. */
  readonly MaxAge?: number | undefined;
}

/** The Lambda function behind a route, and how long the gateway waits for it, in milliseconds. */
export interface Integration {
  readonly id: string;
  readonly functionArn: string;
  readonly timeout: number;
}

/** What tokens an authorizer takes, and where in a request it finds them. */
export interface JwtAuthorizer {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly identitySource: { readonly kind: 'header' | 'querystring'; readonly name: string };
}

/** Who decides about a route, and the scopes of which a token must have one; none are asked for where there are none. */
export interface RouteAuthorization {
  readonly authorizer: JwtAuthorizer;
  readonly scopes: readonly string[];
}

/** A route of an API and the integration that it leads to; one without authorization is open to everybody. */
export interface Route {
  readonly key: RouteKey;
  readonly integration: Integration;
  readonly authorization?: RouteAuthorization | undefined;
}

/** Requests a second and the size of a burst, for each route. */
export interface RateLimit {
  readonly rate: number;
  readonly burst: number;
}

/** Where a stage's access log goes, and what a line of it looks like. */
export interface AccessLogSettings {
  readonly logGroup: string;
  readonly format: string;
}

/** A stage; a route without a limit of its own has the stage's, where that has one. */
export interface Stage {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly limit?: RateLimit | undefined;
  readonly routeLimits?: ReadonlyMap<string, RateLimit>;
  readonly accessLog?: AccessLogSettings | undefined;
}

/** One declared API; `declaredBy` says where, for error messages. */
export interface Api {
  readonly id: string;
  readonly name: string;
  readonly declaredBy: string;
  readonly cors: CorsConfiguration | undefined;
  readonly integrations: Map<string, Integration>;
  readonly authorizers: Map<string, JwtAuthorizer>;
  readonly routes: Route[];
  readonly stages: Stage[];
}

/** All APIs, in the order of their declaration. */
export class Registry {
  readonly #apis = new Map<string, Api>();

  get apis(): readonly Api[] {
    return [...this.#apis.values()];
  }

  add(api: Api): void {
    this.#apis.set(api.id, api);
  }

  /** @throws Error where there is no such API */
  api(id: string): Api {
    const api = this.#apis.get(id);
    if (api === undefined) throw new Error(`there is no API ${id}`);
    return api;
  }

  /**
   * Adds a route. All APIs share one port, so that of two with the same key one would never be reached.
   * @throws Error naming the APIs that both declare it
   */
  addRoute(api: Api, route: Route): void {
    for (const other of this.#apis.values()) {
      if (other !== api && route.key.text === DEFAULT_ROUTE) continue;
      if (!other.routes.some(({ key }) => routeKeyShape(key) === routeKeyShape(route.key))) continue;
      throw new Error(`the route ${route.key.text} is declared by ${other.declaredBy} and by ${api.declaredBy}`);
    }
    api.routes.push(route);
  }
}
