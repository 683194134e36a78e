/** Who makes a request, where the stage asks for a token. */
import { identifierSchema } from '@distributed-patterns/contracts';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { HttpProblem } from './problem.ts';

/**
 * What the gateway adds to the event of a request whose token it has checked
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
 */
const authorizedSchema = z.object({
  authorizer: z.object({ jwt: z.object({ claims: z.looseObject({ sub: z.string().optional() }) }) }),
});

/**
 * The customer that a request's token was issued to; undefined where the stage asks for no token.
 * @throws HttpProblem for a token whose subject is no customer
 */
export function callerOf(event: APIGatewayProxyEventV2): string | undefined {
  const claims = claimsOf(event);
  if (claims === undefined) return undefined;
  const customer = identifierSchema.safeParse(claims.sub);
  if (customer.success) return customer.data;
  throw new HttpProblem('forbidden', 'The subject of the token is not the id of a customer.');
}

/** Whom a request's token was issued to, be it a customer or not; undefined where it names nobody, or none is asked for. */
export function subjectOf(event: APIGatewayProxyEventV2): string | undefined {
  return claimsOf(event)?.sub;
}

function claimsOf({ requestContext }: APIGatewayProxyEventV2) {
  return 'authorizer' in requestContext ? authorizedSchema.parse(requestContext).authorizer.jwt.claims : undefined;
}
