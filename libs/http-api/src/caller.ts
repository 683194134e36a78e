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
export function callerOf({ requestContext }: APIGatewayProxyEventV2): string | undefined {
  if (!('authorizer' in requestContext)) return undefined;
  const { claims } = authorizedSchema.parse(requestContext).authorizer.jwt;
  const customer = identifierSchema.safeParse(claims.sub);
  if (customer.success) return customer.data;
  throw new HttpProblem('forbidden', 'The subject of the token is not the id of a customer.');
}
