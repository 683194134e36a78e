/** The operations on refunds. */
import type { Clock } from '../clock.ts';
import { disputeOf, showCharge, showIntent, showList, showRefund } from './answers.ts';
import type { Form } from './form.ts';
import { factsOf, type Operation, type Outcome, type Prepared, seconds } from './operations.ts';
import * as parameters from './parameters.ts';
import { type Charge, type Intent, newId, type Records, type Refund } from './records.ts';
import { invalid, missing } from './stripe-error.ts';

/** Refunds, on these records (https://docs.stripe.com/api/refunds). */
export function refundOperations(records: Records, clock: Clock): readonly Operation[] {
  return [
    { method: 'POST', path: '/v1/refunds', name: 'refund', prepare: (form) => prepareRefund(records, clock, form) },
    {
      method: 'GET',
      path: '/v1/refunds',
      name: 'list-refunds',
      prepare: (form) => {
        const wanted = parameters.read(parameters.listRefundsParameters, form);
        const { starting_after: after } = wanted;
        if (after !== undefined && records.refunds.get(after) === undefined) {
          throw missing('refund', after, 'starting_after', 400);
        }
        const page = {
          limit: wanted.limit + 1,
          startingAfter: after,
          paymentIntent: wanted.payment_intent,
        };
        const run = () => {
          const refunds = records.refunds.list(page).map(showRefund);
          return { status: 200, body: showList('/v1/refunds', refunds, wanted.limit) };
        };
        return { facts: {}, run };
      },
    },
    {
      method: 'GET',
      path: '/v1/refunds/{id}',
      name: 'retrieve-refund',
      prepare: (form, id) => {
        const { expand } = parameters.read(parameters.retrieveRefundParameters, form);
        const run = () => {
          const refund = records.refunds.get(id);
          if (refund === undefined) throw missing('refund', id, 'id');
          return shown(records, refund, expand);
        };
        return { facts: {}, run };
      },
    },
  ];
}

function prepareRefund(records: Records, clock: Clock, form: Form): Prepared {
  const wanted = parameters.read(parameters.refundParameters, form);
  const { charge: chargeId, payment_intent: intentId } = wanted;
  if (chargeId === undefined && intentId === undefined) {
    throw invalid('One of the following params should be provided for this request: payment_intent or charge.');
  }
  parameters.refuseLessThanOne(wanted.amount, 'amount');
  return {
    facts: factsOf(findIntent(records, intentId, chargeId)),
    run: () => {
      const { intent, charge } = loadCharged(records, intentId, chargeId);
      const left = charge.amount - charge.amountRefunded;
      const amount = wanted.amount ?? left;
      refuseRefund(charge, amount, left);
      const refund: Refund = {
        id: newId('re'),
        paymentIntent: intent.id,
        charge: charge.id,
        amount,
        currency: charge.currency,
        reason: wanted.reason ?? null,
        created: seconds(clock),
        metadata: wanted.metadata,
      };
      records.refunds.put(refund);
      const refunded = { ...charge, amountRefunded: charge.amountRefunded + amount };
      records.charges.put(refunded);
      records.tell({ type: 'charge.refunded', object: showCharge(refunded), facts: factsOf(intent) });
      return shown(records, refund, wanted.expand);
    },
  };
}

function refuseRefund(charge: Charge, amount: number, left: number): void {
  if (disputeOf(charge) !== undefined) {
    throw invalid(`Charge ${charge.id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' });
  }
  if (left === 0) throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  if (amount <= left) return;
  const [wanted, unrefunded] = [amount, left].map((each) => parameters.money(each, charge.currency));
  throw invalid(`Refund amount (${wanted}) is greater than unrefunded amount on charge (${unrefunded})`, {
    param: 'amount',
  });
}

/** The intent and its captured charge. */
function loadCharged(
  records: Records,
  intentId: string | undefined,
  chargeId: string | undefined,
): { intent: Intent; charge: Charge } {
  const intent = findIntent(records, intentId, chargeId);
  if (intent === undefined) {
    throw chargeId === undefined
      ? missing('payment_intent', intentId ?? '', 'payment_intent')
      : missing('charge', chargeId, 'charge');
  }
  const charge = intent.status === 'succeeded' ? records.charges.get(intent.latestCharge ?? '') : undefined;
  if (charge === undefined)
    throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
  return { intent, charge };
}

function findIntent(records: Records, intentId: string | undefined, chargeId: string | undefined): Intent | undefined {
  return records.intents.get(intentId ?? records.charges.get(chargeId ?? '')?.paymentIntent ?? '');
}

function shown(records: Records, refund: Refund, expand: readonly string[]): Outcome {
  const charge = expand.includes('charge') ? records.charges.get(refund.charge) : undefined;
  const intent = expand.includes('payment_intent') ? records.intents.get(refund.paymentIntent) : undefined;
  return {
    status: 200,
    body: {
      ...showRefund(refund),
      ...(charge === undefined ? {} : { charge: showCharge(charge) }),
      ...(intent === undefined ? {} : { payment_intent: showIntent(intent) }),
    },
  };
}
