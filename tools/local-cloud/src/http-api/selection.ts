/** Chooses API, stage and route for a request on the port that all APIs share. */
import type { Api, Route, Stage } from './registry.ts';
import { compareRouteKeys, DEFAULT_ROUTE, matchRouteKey, segmentsOf } from './route-key.ts';

/** Where a request goes. `path` leads with the stage's name where the stage has one, as on AWS. */
export interface Selection {
  readonly api: Api;
  readonly stage: Stage;
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
  readonly path: string;
}

interface Candidate {
  readonly api: Api;
  readonly stage: Stage;
}

/** The stage that is served at the root of an API's host. */
const DEFAULT_STAGE = '$default';

/**
 * Chooses as AWS does within an API: full match, then greedy match, then `$default`
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
 * What AWS tells apart by host is told apart here by path: what no route matches goes to the `$default` of the API
 * that owns the first path segment, else to that of the API whose name holds `frontDoor`, else to the first that has one.
 */
export function select(apis: readonly Api[], frontDoor: string, method: string, path: string): Selection | undefined {
  const { candidates, rest } = withoutStage(apis, path);
  const segments = segmentsOf(rest);
  const matches = candidates.flatMap(({ api, stage }) =>
    api.routes.flatMap((route) => {
      const parameters = matchRouteKey(route.key, method, segments);
      return parameters === undefined ? [] : [{ api, stage, route, parameters, path: withStage(stage, rest) }];
    }),
  );
  const [best] = matches.sort((one, other) => compareRouteKeys(one.route.key, other.route.key));
  return best ?? fallback(candidates, frontDoor, segments[0], rest);
}

function withoutStage(apis: readonly Api[], path: string): { candidates: readonly Candidate[]; rest: string } {
  const first = segmentsOf(path)[0];
  const named = apis.flatMap((api) => candidate(api, (stage) => stage.name === first && stage.name !== DEFAULT_STAGE));
  if (named.length > 0) return { candidates: named, rest: path.slice(1 + (first?.length ?? 0)) || '/' };
  const served = apis.flatMap((api) => {
    const root = candidate(api, (stage) => stage.name === DEFAULT_STAGE);
    return root.length > 0 ? root : candidate(api, () => true);
  });
  return { candidates: served, rest: path };
}

function candidate(api: Api, fits: (stage: Stage) => boolean): Candidate[] {
  const stage = api.stages.find(fits);
  return stage === undefined ? [] : [{ api, stage }];
}

function withStage(stage: Stage, rest: string): string {
  return stage.name === DEFAULT_STAGE ? rest : `/${stage.name}${rest}`;
}

function fallback(
  candidates: readonly Candidate[],
  frontDoor: string,
  first: string | undefined,
  rest: string,
): Selection | undefined {
  const owner = candidates.find(({ api }) => api.routes.some(({ key }) => startsWith(key.segments[0], first)));
  const open = candidates.filter(({ api }) => defaultRoute(api) !== undefined);
  const { api, stage } = owner ?? open.find((each) => each.api.name.includes(frontDoor)) ?? open[0] ?? {};
  const route = api && defaultRoute(api);
  if (api === undefined || stage === undefined || route === undefined) return undefined;
  return { api, stage, route, parameters: {}, path: withStage(stage, rest) };
}

function startsWith(segment: Route['key']['segments'][number] | undefined, first: string | undefined): boolean {
  return segment?.kind === 'literal' && segment.text === first;
}

function defaultRoute(api: Api): Route | undefined {
  return api.routes.find(({ key }) => key.text === DEFAULT_ROUTE);
}
