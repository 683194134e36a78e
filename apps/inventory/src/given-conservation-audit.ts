/** What must be true of the books, whatever was told, in which order, and whatever went wrong meanwhile. */
import { PRICE } from './given-conservation-messages.ts';
import type { OrderStory } from './given-conservation-story.ts';
import type { Books, OrderBook, ProductBook } from './given-conservation-world.ts';
import type { Quantity, Reservation } from './inventory.ts';

/** What is not as it must be, one sentence each. */
export function complaintsAbout({ products, orders }: Books): readonly string[] {
  return [
    ...products.flatMap((product) => [...stockIsKept(product, orders), ...lastPieceIsToldOf(product)]),
    ...orders.flatMap((order) => [
      ...everyCommandIsAnswered(order),
      ...answersAgreeWithWhatIsStored(order),
      ...takesWhatWasOrdered(order),
      ...refusesForAReason(order, products, orders),
      ...givesBackOnlyWhatItTook(order),
      ...endsAsItsStory(order),
    ]),
  ];
}

const unless = (holds: boolean, complaint: string): readonly string[] => (holds ? [] : [complaint]);

/** Pieces are available, reserved or sold, as the reservations say, and none is lost or made up. */
function stockIsKept({ productId, given, now }: ProductBook, orders: readonly OrderBook[]): readonly string[] {
  if (now === undefined) return [`${productId} is gone`];
  const { available, reserved, sold, received } = now;
  const held = (status: Reservation['status']) =>
    pieces(
      productId,
      orders.flatMap(({ reservation }) => (reservation?.status === status ? itemsOf(reservation) : [])),
    );
  return [
    ...unless(Math.min(available, reserved, sold) >= 0, `${productId}: ${available}, ${reserved}, ${sold}`),
    ...unless(received === given && available + reserved + sold === given, `${productId} had ${given} pieces`),
    ...unless(reserved === held('RESERVED'), `${productId}: ${reserved} reserved, for orders ${held('RESERVED')}`),
    ...unless(sold === held('COMMITTED'), `${productId}: ${sold} sold, in orders ${held('COMMITTED')}`),
  ];
}

function lastPieceIsToldOf({ productId, given, now, announced }: ProductBook): readonly string[] {
  const isUsedUp = given > 0 && now?.available === 0;
  return unless(!isUsedUp || announced.length > 0, `nobody was told that ${productId} is used up`);
}

/** A command that was handled is answered, to the token that it came with. */
function everyCommandIsAnswered({ told, announced }: OrderBook): readonly string[] {
  return told.flatMap(({ type, metadata: { replyToken } }) => {
    if (replyToken === undefined) return [];
    const answers = announced.filter(({ metadata }) => metadata.replyToken === replyToken);
    const expected = type === 'ReserveInventory' ? ['InventoryReserved', 'InventoryRejected'] : ['InventoryReleased'];
    return [
      ...unless(answers.length > 0, `${replyToken} (${type}) is not answered`),
      ...answers.flatMap((answer) => unless(expected.includes(answer.type), `${type} is answered ${answer.type}`)),
    ];
  });
}

/** Whoever was told of a reservation can count on it until it is released, and whoever was refused is refused for good. */
function answersAgreeWithWhatIsStored({ orderId, reservation, announced }: OrderBook): readonly string[] {
  const types = new Set(announced.map(({ type }) => type));
  const codes = new Set(announced.flatMap(({ data }) => data.reason?.code ?? []));
  const isReserved = types.has('InventoryReserved');
  const isReleased = types.has('InventoryReleased');
  const told = `${orderId} is ${reservation?.status}, and told of was ${[...types, ...codes].join(', ')}`;
  switch (reservation?.status) {
    case undefined:
      return [told];
    case 'RESERVED':
    case 'COMMITTED':
      return unless(isReserved && codes.size === 0 && !isReleased, told);
    case 'REJECTED':
      return unless(!isReserved && [...codes].join() === reservation.reason.code && !isReleased, told);
    case 'RELEASED': {
      codes.delete('ALREADY_RELEASED');
      return unless(codes.size + (isReserved ? 1 : 0) <= 1, told);
    }
    default:
      return reservation;
  }
}

/** Each product once, with all that was ordered of it, at its price. */
function takesWhatWasOrdered({ orderId, items, reservation }: OrderBook): readonly string[] {
  const taken = itemsOf(reservation);
  if (taken.length === 0) return [];
  const ordered = new Set(items.map(({ productId }) => productId));
  return [
    ...unless(taken.length === ordered.size, `${orderId} has taken ${taken.length} products of ${ordered.size}`),
    ...unless(
      items.every(({ unitPrice }) => unitPrice.amount === PRICE.amount),
      `${orderId} has taken at any price`,
    ),
    ...taken.flatMap(({ productId, quantity }) =>
      unless(quantity === pieces(productId, items), `${orderId} has taken ${quantity} of ${productId}`),
    ),
  ];
}

/** Nobody is told that there is too little of what all orders together leave some of. */
function refusesForAReason(
  { orderId, items, announced }: OrderBook,
  products: readonly ProductBook[],
  orders: readonly OrderBook[],
): readonly string[] {
  const isScarce = products.some(
    ({ productId, given }) =>
      pieces(productId, items) > 0 &&
      pieces(
        productId,
        orders.flatMap((order) => order.items),
      ) > given,
  );
  const isRefused = announced.some(({ data }) => data.reason?.code === 'OUT_OF_STOCK');
  return unless(isScarce || !isRefused, `${orderId} was refused although there was enough for all`);
}

/** What nobody has asked for is told of once, and only where there was something to give back. */
function givesBackOnlyWhatItTook({ orderId, announced }: OrderBook): readonly string[] {
  const unasked = announced.filter(({ type, metadata }) => type === 'InventoryReleased' && !metadata.replyToken);
  const most = announced.some(({ type }) => type === 'InventoryReserved') ? 1 : 0;
  return unless(unasked.length <= most, `${orderId} was given back ${unasked.length} times`);
}

/** An order that came to nothing holds nothing, and one that was completed is sold. */
function endsAsItsStory({ orderId, story, told, reservation }: OrderBook): readonly string[] {
  const ends: Readonly<Record<OrderStory['about'], readonly Reservation['status'][]>> = {
    open: ['RESERVED', 'REJECTED'],
    'to end': ['COMMITTED', 'REJECTED'],
    'given up': ['RELEASED'],
    cancelled: told.some(({ type }) => type === 'ReleaseInventory') ? ['RELEASED'] : ['RELEASED', 'REJECTED'],
  };
  const isAsTold = reservation !== undefined && ends[story.about].includes(reservation.status);
  return unless(isAsTold, `${orderId} was ${story.about} and is ${reservation?.status}`);
}

function itemsOf(reservation: Reservation | undefined): readonly Quantity[] {
  return reservation !== undefined && 'items' in reservation ? reservation.items : [];
}

function pieces(productId: string, items: readonly Quantity[]): number {
  return items.reduce((sum, item) => sum + (item.productId === productId ? item.quantity : 0), 0);
}
