/** What the gateway says by itself: verified as the gateway's, and read (https://docs.stripe.com/webhooks). */
import Stripe from 'stripe';

/** Something has happened to an intent: it changed, or its charge is disputed. What became of it, the gateway is asked. */
export interface GatewayEvent {
  readonly id: string;
  readonly kind: 'changed' | 'disputed';
  readonly intentId: string;
  /** The order whose charge has succeeded, where the event tells of that. */
  readonly chargedOrder?: string | undefined;
}

/** What was sent, as it came over the wire. */
export interface SignedRequest {
  readonly body: Buffer;
  readonly signature: string | undefined;
  readonly receivedAt: Date;
}

/** The request does not prove that the gateway has sent it, just now. */
export class NotSigned extends Error {
  override readonly name = 'NotSigned';
}

/** Seconds: what was signed earlier may have been recorded by somebody and sent again (https://docs.stripe.com/webhooks#replay-attacks). */
const TOLERANCE = 300;

/**
 * The event of a request that was signed with this secret; undefined where it is one that says nothing to us.
 * @throws NotSigned
 */
export function readEvent(request: SignedRequest, secret: string): GatewayEvent | undefined {
  const event = verified(request, secret);
  switch (event.type) {
    case 'payment_intent.succeeded': {
      const changed = about(event.id, 'changed', event.data.object);
      return changed && { ...changed, chargedOrder: event.data.object.metadata?.['orderId'] };
    }
    case 'payment_intent.payment_failed':
      return about(event.id, 'changed', event.data.object);
    case 'charge.refunded':
      return about(event.id, 'changed', event.data.object.payment_intent);
    case 'charge.dispute.created':
      return about(event.id, 'disputed', event.data.object.payment_intent);
    default:
      return undefined;
  }
}

function verified({ body, signature = '', receivedAt }: SignedRequest, secret: string): Stripe.Event {
  try {
    return Stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE, undefined, receivedAt.getTime());
  } catch (error) {
    // The SDK's error carries the request, which nobody has vouched for.
    if (error instanceof Stripe.errors.StripeSignatureVerificationError)
      throw new NotSigned('the signature is not good');
    throw error;
  }
}

/** A charge that no intent made is none of ours. */
function about(
  id: string,
  kind: GatewayEvent['kind'],
  intent: string | { readonly id: string } | null,
): GatewayEvent | undefined {
  if (intent === null) return undefined;
  return { id, kind, intentId: typeof intent === 'string' ? intent : intent.id };
}
