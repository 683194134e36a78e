/** What a function that starts has to load: not what another one is for. */
jest.mock('@aws-lambda-powertools/idempotency', () => {
  throw new Error('Powertools’ layer of idempotency was loaded');
});

it.each(['get-order', 'list-orders', 'cancel-order', 'on-message', 'watch-orders', 'relay', 'sweep', 'not-found'])(
  '%s starts without what only placing an order is for',
  async (name) => {
    expect(await import(`./${name}.handler.ts`)).toHaveProperty('handler');
  },
);

it('place-order is what it is for', async () => {
  await expect(import('./place-order.handler.ts')).rejects.toThrow('was loaded');
});
