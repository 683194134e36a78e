/** What a product is, and the decisions about what it costs and how much of it has come in. */
import {
  announce,
  type Announcement,
  type Money,
  productPriceChanged,
  type RestockReceipt,
  stockReplenished,
} from '@distributed-patterns/contracts';

/** A product with its stock; `available + reserved + sold = received`, always. */
export interface Product {
  readonly productId: string;
  readonly name: string;
  readonly price: Money;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  /** All that has ever come in. */
  readonly received: number;
}

/** Whether two prices are one. */
export function isSamePrice(one: Money, other: Money): boolean {
  return one.amount === other.amount && one.currency === other.currency;
}

/** What a product is to be called, and to cost. */
export type Offer = Pick<Product, 'productId' | 'name' | 'price'>;

/** What an offer leads to. */
export type Offered =
  | { readonly kind: 'created'; readonly product: Product }
  | { readonly kind: 'changed'; readonly product: Product; readonly announcements: readonly Announcement[] }
  | { readonly kind: 'unchanged'; readonly product: Product };

/** A product is as it is offered from now on. A new one has no stock yet, and what there is of another stays as it is. */
export function offer(product: Product | undefined, offered: Offer): Offered {
  if (product === undefined) {
    return { kind: 'created', product: { ...offered, available: 0, reserved: 0, sold: 0, received: 0 } };
  }
  const { productId, name, price } = offered;
  const isPriceKept = isSamePrice(product.price, price);
  if (isPriceKept && product.name === name) return { kind: 'unchanged', product };
  const change = announce(productPriceChanged, { productId, price, formerPrice: product.price });
  return { kind: 'changed', product: { ...product, name, price }, announcements: isPriceKept ? [] : [change] };
}

/** A delivery that is taken in, with what is said of it. */
export interface Restocked {
  readonly receipt: RestockReceipt;
  readonly announcements: readonly Announcement[];
}

/** So many pieces have come in, and can be ordered. */
export function restock({ productId, received }: Product, quantity: number): Restocked {
  const receipt = { productId, quantity, received: received + quantity };
  return { receipt, announcements: [announce(stockReplenished, receipt)] };
}
