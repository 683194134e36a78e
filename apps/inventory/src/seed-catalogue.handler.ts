/** Adds the products of the demonstration, those that are not there yet. Invoked by hand, after a start or a deployment. */
import { fromDecimal } from '@distributed-patterns/contracts';
import { type Wiring, wiring } from './wiring.ts';

const demonstration = [
  { productId: 'laptop', name: 'Laptop', price: 1299.99, received: 100 },
  { productId: 'monitor', name: 'Monitor', price: 349.99, received: 200 },
  { productId: 'keyboard', name: 'Keyboard', price: 89.99, received: 500 },
  { productId: 'mouse', name: 'Mouse', price: 39.99, received: 500 },
  { productId: 'headset', name: 'Headset', price: 129.5, received: 150 },
  { productId: 'webcam', name: 'Webcam', price: 74.95, received: 150 },
  { productId: 'limited-edition', name: 'Limited edition lamp', price: 499, received: 1 },
] as const;

export const handler = async (_event?: unknown, _context?: unknown, { catalogue }: Wiring = wiring()) => {
  const added: string[] = [];
  for (const { productId, name, price, received } of demonstration) {
    const stock = { available: received, reserved: 0, sold: 0, received };
    if ((await catalogue.add({ productId, name, price: fromDecimal(price), ...stock })) === 'added')
      added.push(productId);
  }
  return { added };
};
