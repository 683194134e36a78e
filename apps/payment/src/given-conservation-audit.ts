/** What must be true of the books, whatever was told, in which order, and whatever went wrong meanwhile. */
import { GOOD_CARDS, LEAST_AMOUNT, type OrderStory } from './given-conservation-story.ts';
import type { Books, OrderBook } from './given-conservation-world.ts';
import type { Payment } from './payment.ts';

/** What is not as it must be, one sentence each. */
export function complaintsAbout({ orders, isCalm }: Books): readonly string[] {
  return [
    ...gatewayHoldsWhatIsBooked(orders),
    ...orders.flatMap((order) => [
      ...atMostOneChargeIsHeld(order),
      ...nothingIsLeftToBeCharged(order, isCalm),
      ...everyCommandIsAnswered(order),
      ...moneyThatCameBackIsToldOf(order),
      ...answersAgreeWithWhatIsStored(order),
      ...endsAsItsStory(order),
    ]),
  ];
}

const unless = (holds: boolean, complaint: string): readonly string[] => (holds ? [] : [complaint]);
const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

/** No money is lost or made up. */
function gatewayHoldsWhatIsBooked(orders: readonly OrderBook[]): readonly string[] {
  const held = sum(orders.flatMap(({ intents }) => intents.map((intent) => intent.held)));
  const booked = sum(orders.map(({ payment, total }) => (payment?.status === 'PROCESSED' ? total.amount : 0)));
  return unless(held === booked, `the gateway holds ${held}, and ${booked} are booked`);
}

/** One charge, of the intent that is stored, where the payment is PROCESSED; else none. */
function atMostOneChargeIsHeld({ orderId, payment, total, intents }: OrderBook): readonly string[] {
  const held = intents.filter((intent) => intent.held !== 0).map((intent) => `${intent.held} by ${intent.id}`);
  const booked = payment?.status === 'PROCESSED' ? [`${total.amount} by ${payment.intentId}`] : [];
  return unless(
    held.join() === booked.join(),
    `${orderId} is ${payment?.status}; held is ${held.join()}, booked ${booked.join()}`,
  );
}

/**
 * Nobody can charge the intent that is stored any more. One that is not was never confirmed; whoever has made it cancels
 * it, unless something keeps them from it.
 */
function nothingIsLeftToBeCharged({ orderId, payment, intents }: OrderBook, isCalm: boolean): readonly string[] {
  return intents.flatMap(({ id, status }) => {
    const isSettled = ['succeeded', 'canceled'].includes(status);
    const isForgotten = !isCalm && id !== payment?.intentId && status === 'requires_confirmation';
    return unless(isSettled || isForgotten, `${orderId}: ${id} is ${status}`);
  });
}

/** A command that was handled is answered, to the token that it came with. */
function everyCommandIsAnswered({ told, announced }: OrderBook): readonly string[] {
  return told.flatMap(({ type, metadata: { replyToken } }) => {
    if (replyToken === undefined) return [];
    const answers = announced.filter(({ metadata }) => metadata.replyToken === replyToken);
    const expected = type === 'ProcessPayment' ? ['PaymentProcessed', 'PaymentDeclined'] : ['PaymentRefunded'];
    return [
      ...unless(answers.length > 0, `${replyToken} (${type}) is not answered`),
      ...answers.flatMap((answer) => unless(expected.includes(answer.type), `${type} is answered ${answer.type}`)),
    ];
  });
}

/** Whoever was told of a charge is told that it came back, asked for or not. */
function moneyThatCameBackIsToldOf({ orderId, payment, announced }: OrderBook): readonly string[] {
  const isToldOf = (type: string) => announced.some((message) => message.type === type);
  const cameBack = isToldOf('PaymentProcessed') && payment?.status === 'REFUNDED';
  return unless(!cameBack || isToldOf('PaymentRefunded'), `nobody was told that the money of ${orderId} came back`);
}

/** Whoever was told of a charge can count on it until it is refunded, and whoever was refused is refused for good. */
function answersAgreeWithWhatIsStored({ orderId, total, payment, announced }: OrderBook): readonly string[] {
  const types = new Set(announced.map(({ type }) => type));
  const codes = new Set(announced.flatMap(({ data }) => data.reason?.code ?? []));
  const charges = new Set(announced.flatMap(({ data }) => data.paymentId ?? []));
  const amounts = new Set(announced.flatMap(({ data }) => data.amount?.amount ?? []));
  const told = `${orderId} is ${payment?.status}, and told of was ${[...types, ...codes, ...charges].join(', ')}`;
  const complaints = unless(
    [...amounts].every((amount) => amount === total.amount),
    `${told} of ${[...amounts].join()}`,
  );
  switch (payment?.status) {
    case undefined:
    case 'CREATED':
      return [told];
    case 'PROCESSED': {
      const isOnly = types.size === 1 && types.has('PaymentProcessed');
      return [...complaints, ...unless(isOnly && [...charges].join() === payment.intentId, told)];
    }
    case 'DECLINED': {
      const isOnly = types.size === 1 && types.has('PaymentDeclined');
      return unless(isOnly && [...codes].join() === payment.reason.code, told);
    }
    case 'REFUNDED': {
      // Before that it was either charged, or refused for a reason of its own.
      codes.delete('ALREADY_REFUNDED');
      return [...complaints, ...unless(codes.size + charges.size <= 1, told)];
    }
    default:
      return payment;
  }
}

/** An order that came to nothing holds nothing, and who can pay for what is kept has paid. */
function endsAsItsStory({ orderId, story, payment }: OrderBook): readonly string[] {
  return unless(payment?.status === endOf(story), `${orderId} was ${story.about} and is ${payment?.status}`);
}

function endOf({ about, card, amount }: OrderStory): Payment['status'] {
  if (about !== 'kept') return 'REFUNDED';
  const canPay = GOOD_CARDS.some((good) => good === card) && amount >= LEAST_AMOUNT;
  return canPay ? 'PROCESSED' : 'DECLINED';
}
