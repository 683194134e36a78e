import { compareRouteKeys, matchRouteKey, parseRouteKey, segmentsOf } from './route-key.ts';

const choose = (keys: string[], method: string, path: string) =>
  keys
    .map(parseRouteKey)
    .filter((key) => matchRouteKey(key, method, segmentsOf(path)) !== undefined)
    .sort(compareRouteKeys)[0]?.text;

describe('a route key (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html)', () => {
  const pets = ['GET /pets/dog/1', 'GET /pets/dog/{id}', 'GET /pets/{proxy+}', 'ANY /{proxy+}', '$default'];
  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1'],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}'],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}'],
    ['POST', '/test/5', 'ANY /{proxy+}'],
  ])('for %s %s is %s', (method, path, expected) => {
    expect(choose(pets, method, path)).toBe(expected);
  });

  it('that matches fully goes before a greedy one with more text in it', () => {
    expect(choose(['GET /a/{proxy+}', 'GET /{first}/b'], 'GET', '/a/b')).toBe('GET /{first}/b');
  });

  it('with the method goes before ANY on the same path', () => {
    expect(choose(['ANY /orders', 'POST /orders'], 'POST', '/orders')).toBe('POST /orders');
    expect(choose(['ANY /orders', 'POST /orders'], 'PUT', '/orders')).toBe('ANY /orders');
  });

  it('gives its variables, the greedy one with its slashes', () => {
    expect(matchRouteKey(parseRouteKey('GET /a/{b}/{c+}'), 'GET', segmentsOf('/a/1/2/3'))).toEqual({
      b: '1',
      c: '2/3',
    });
  });

  it('does not match a slash too many, an empty variable or the root by a greedy variable', () => {
    expect(choose(['GET /orders', 'GET /orders/{id}', 'GET /{proxy+}'], 'GET', '/orders')).toBe('GET /orders');
    expect(choose(['GET /orders', 'GET /orders/{id}'], 'GET', '/orders/')).toBeUndefined();
    expect(choose(['GET /{proxy+}'], 'GET', '/')).toBeUndefined();
    expect(choose(['GET /'], 'GET', '/')).toBe('GET /');
  });

  it.each(['orders', 'FETCH /orders', 'GET orders', 'GET /{all+}/more', ''])('is not %j', (text) => {
    expect(() => parseRouteKey(text)).toThrow('the route key');
  });
});
