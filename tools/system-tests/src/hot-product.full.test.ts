import { sellOut } from './hot-product.ts';
import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system.stop());

/** In real time: what a slow machine may need. */
const PATIENCE = 600_000;

describe('a thousand customers who order one of a hundred pieces at once', () => {
  it(
    'are all told that their order is taken; a hundred of them are served and charged, the others hear that it is gone',
    async () => {
      expect(await sellOut(system, 1_000, 100)).toEqual({
        told: 1_000,
        ended: { COMPLETED: 100, 'FAILED OUT_OF_STOCK': 900 },
        stock: { available: 0, reserved: 0, sold: 100, received: 100 },
        charges: 100,
        held: 99_900,
        left: [],
      });
    },
    PATIENCE,
  );
});
