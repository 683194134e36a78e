/** What the `$default` route answers, so that wrong paths and methods get a problem of ours. */
import type { HttpHandler } from './edge.ts';
import { HttpProblem } from './problem.ts';

/** A route of the API as `GET /orders/{orderId}`. */
export type Route = `${string} /${string}`;

/** Answers 405 with the allowed methods for a path that the API has, 404 for any other. */
export function notFound(routes: readonly Route[]): HttpHandler {
  return async (event) => {
    const { path, method } = event.requestContext.http;
    const plain = withoutStage(path, event.requestContext.stage);
    const allowed = routes
      .map(parts)
      .filter((route) => route.pattern.test(plain))
      .map((route) => route.method);
    if (allowed.length === 0) throw new HttpProblem('not-found', `There is no ${plain} here.`);
    throw new HttpProblem('method-not-allowed', `${method} is not allowed on ${plain}.`, {
      headers: { allow: allowed.join(', ') },
    });
  };
}

function parts(route: Route): { method: string; pattern: RegExp } {
  const [method = '', path = ''] = route.split(' ');
  return { method, pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`) };
}

function withoutStage(path: string, stage: string): string {
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path;
}
