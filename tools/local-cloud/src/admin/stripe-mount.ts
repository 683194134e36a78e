/** The Stripe-compatible API over HTTP: the `stripe` SDK is pointed here by configuration. */
import type { RequestListener } from 'node:http';
import { readBody } from '../endpoint/body.ts';
import type { Stripe, StripeAnswer, StripeRequest } from '../stripe/index.ts';
import { stackOf } from '../error-text.ts';

const BODY_LIMIT = 1024 * 1024;

/** A request whose body may have been too large to take. */
type Received = Omit<StripeRequest, 'body'> & { readonly body: Buffer | undefined };

/** Answers requests whose URL begins with `/v1`. `report` takes a line about what broke inside. */
export function stripeListener(stripe: Pick<Stripe, 'handle'>, report: (line: string) => void): RequestListener {
  const answerTo = async ({ body, ...request }: Received): Promise<StripeAnswer> => {
    if (body === undefined) return refusal(413, 'invalid_request_error', 'The request is too large');
    try {
      return await stripe.handle({ ...request, body: body.toString('utf8') });
    } catch (error) {
      const what = `${request.method} ${request.path}`;
      report(`internal error in stripe ${what}: ${stackOf(error)}`);
      return refusal(500, 'api_error', 'An unknown error occurred');
    }
  };
  return (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    readBody(request, BODY_LIMIT, (body) => {
      void answerTo({ method, path: url, headers, body }).then((answer) => {
        if (answer === 'reset') response.destroy();
        else response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body));
      });
    });
  };
}

function refusal(status: number, type: string, message: string): StripeAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: { error: { type, message } } };
}
