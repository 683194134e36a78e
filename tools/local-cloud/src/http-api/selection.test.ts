import type { Api } from './registry.ts';
import { parseRouteKey } from './route-key.ts';
import { select } from './selection.ts';

function api(name: string, stage: string, keys: string[]): Api {
  const integration = { id: 'i', functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f', timeout: 1000 };
  return {
    id: name,
    name,
    declaredBy: name,
    cors: undefined,
    integrations: new Map(),
    authorizers: new Map(),
    routes: keys.map((key) => ({ key: parseRouteKey(key), integration })),
    stages: [{ name: stage, variables: {} }],
  };
}

const inventory = api('shop-inventory-dev', 'dev', ['GET /products', '$default']);
const orders = api('shop-order-dev', 'dev', ['POST /orders', 'GET /orders/{orderId}', '$default']);
const bare = api('shop-bare-dev', '$default', ['GET /bare']);
const chosen = (method: string, path: string, apis = [inventory, orders, bare]) => {
  const selection = select(apis, '-order-', method, path);
  return selection && `${selection.api.name} ${selection.route.key.text} ${selection.path}`;
};

describe('on the shared port (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html)', () => {
  it('a request finds its API by path, and gets the stage in front of its path as on AWS', () => {
    expect(chosen('GET', '/products')).toBe('shop-inventory-dev GET /products /dev/products');
    expect(chosen('POST', '/orders')).toBe('shop-order-dev POST /orders /dev/orders');
  });

  it("a request may name the stage, where the API's own path has none of it", () => {
    expect(chosen('POST', '/dev/orders')).toBe('shop-order-dev POST /orders /dev/orders');
  });

  it('an API of the $default stage has no stage in its path', () => {
    expect(chosen('GET', '/bare')).toBe('shop-bare-dev GET /bare /bare');
    expect(chosen('GET', '/dev/bare')).toBe('shop-order-dev $default /dev/bare');
  });

  it('what no route matches goes to the $default of the API that owns the first segment', () => {
    expect(chosen('DELETE', '/products')).toBe('shop-inventory-dev $default /dev/products');
    expect(chosen('DELETE', '/dev/orders/1')).toBe('shop-order-dev $default /dev/orders/1');
  });

  it('the owner of a path that has no $default leaves it unanswered', () => {
    expect(chosen('DELETE', '/bare')).toBeUndefined();
  });

  it('what belongs to nobody goes to the front door, else to the first API that has a $default', () => {
    expect(chosen('GET', '/')).toBe('shop-order-dev $default /dev/');
    expect(chosen('GET', '/dev')).toBe('shop-order-dev $default /dev/');
    expect(chosen('GET', '/favicon.ico', [bare, inventory])).toBe('shop-inventory-dev $default /dev/favicon.ico');
    expect(chosen('GET', '/favicon.ico', [bare])).toBeUndefined();
  });
});
