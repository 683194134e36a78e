/** `POST /payments/webhook`: what the payment gateway says by itself. */
import { type Answer, httpEdge, HttpProblem } from '@distributed-patterns/http-api';
import { MetricUnit } from '@distributed-patterns/telemetry';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { type GatewayEvent, NotSigned, readEvent, type SignedRequest } from './gateway-event.ts';
import { compare, settleIntent } from './settle-payment.ts';
import { type WebhookWiring, webhookWiring } from './wiring.ts';

/** Answered with success once it is dealt with: anything else makes the gateway send it again. */
export async function hearGateway(
  event: APIGatewayProxyEventV2,
  _context: Context,
  wired: WebhookWiring = webhookWiring(),
): Promise<Answer> {
  const heard = await read(
    {
      body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
      signature: event.headers['stripe-signature'],
      receivedAt: wired.clockAndIds.now(),
    },
    wired,
  );
  const cause = { id: heard?.id ?? '', correlationId: event.requestContext.requestId };
  if (heard?.kind === 'changed' && !(await isRecorded(heard, wired))) await settleIntent(heard.intentId, cause, wired);
  if (heard?.kind === 'disputed') await raiseDispute(heard, cause.correlationId, wired);
  return { status: 200 };
}

export const handler = httpEdge(hearGateway, () => webhookWiring().telemetry);

/** Most charges are told of after their answer was heard: what is recorded need not be asked for. */
async function isRecorded({ intentId, chargedOrder }: GatewayEvent, { store }: WebhookWiring): Promise<boolean> {
  const payment = chargedOrder === undefined ? undefined : await store.load(chargedOrder);
  return payment?.status === 'PROCESSED' && payment.intentId === intentId;
}

/** A signature that is not good may be one of a secret that has been replaced. Why it is not good is nobody's business. */
async function read(request: SignedRequest, { signingSecret }: WebhookWiring): Promise<GatewayEvent | undefined> {
  const secret = await signingSecret.get();
  try {
    return readEvent(request, secret);
  } catch (error) {
    if (!(error instanceof NotSigned)) throw error;
  }
  try {
    return readEvent(request, await signingSecret.renew());
  } catch (error) {
    if (!(error instanceof NotSigned)) throw error;
    throw new HttpProblem('invalid-request', 'The request is not valid.', { cause: error });
  }
}

/** The customer takes the money back through the bank; only a person can answer that. */
async function raiseDispute(
  { id, intentId }: GatewayEvent,
  correlationId: string,
  wired: WebhookWiring,
): Promise<void> {
  const compared = await compare(intentId, wired);
  if (compared?.payment === undefined) return;
  const { orderId, status } = compared.payment;
  const { logger, metrics } = wired.telemetry;
  logger.error('a charge is disputed', { orderId, status, intentId, eventId: id, correlationId });
  metrics.addMetric('PaymentDisputed', MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}
