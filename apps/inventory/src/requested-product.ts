/** The product that a request is about. */
import { identifierSchema } from '@distributed-patterns/contracts';
import { HttpProblem } from '@distributed-patterns/http-api';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { CatalogueStore } from './catalogue-store.ts';
import type { Product } from './product.ts';

/**
 * The product, as it is now.
 * @throws HttpProblem where there is none
 */
export async function requestedProduct(event: APIGatewayProxyEventV2, catalogue: CatalogueStore): Promise<Product> {
  const productId = identifierSchema.safeParse(event.pathParameters?.['productId']);
  const product = productId.success ? await catalogue.load(productId.data) : undefined;
  if (product === undefined) throw new HttpProblem('not-found', 'There is no product with this id.');
  return product;
}
