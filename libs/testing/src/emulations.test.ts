/** The test Stripe, SES and Step Functions as whoever uses them sees them. */
import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { startSes, startStates, startStripe, waitingMachine } from './index.ts';

it('a Stripe knows what each payment holds of the customer’s money', async () => {
  const stripe = await startStripe();
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${stripe.url}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stripe.apiKey}` },
      body: new URLSearchParams(form),
    });
  await post('payment_intents', {
    amount: '500',
    currency: 'usd',
    payment_method: 'pm_card_visa',
    'payment_method_types[0]': 'card',
    'metadata[orderId]': 'order-1',
    confirm: 'true',
  });
  const [paid] = await stripe.payments();
  expect(paid).toMatchObject({ status: 'succeeded', held: 500, metadata: { orderId: 'order-1' } });
  await post('refunds', { payment_intent: paid?.id ?? '', amount: '200' });
  expect(await stripe.payments()).toMatchObject([{ held: 300 }]);
  await stripe.stop();
});

it('an SES keeps what was sent, oldest first', async () => {
  const ses = await startSes();
  const send = (subject: string) =>
    ses.client.send(
      new SendEmailCommand({
        FromEmailAddress: 'shop@shop.example',
        Destination: { ToAddresses: ['ann@example.com'] },
        Content: {
          Simple: { Subject: { Data: subject }, Body: { Text: { Data: 'text' }, Html: { Data: '<p>html</p>' } } },
        },
        ConfigurationSetName: ses.configurationSet,
      }),
    );
  await send('first');
  await send('second');
  expect(await ses.mailbox()).toMatchObject([{ subject: 'first', to: ['ann@example.com'] }, { subject: 'second' }]);
  await ses.stop();
});

it('a Step Functions tells the token that a task waits for', async () => {
  const states = await startStates({ waiting: waitingMachine });
  const { executionArn, token } = await states.startWaiting('waiting');
  expect(await states.describe(executionArn)).toMatchObject({ status: 'RUNNING' });
  await states.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"answer":42}' }));
  expect(await states.describe(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: { answer: 42 } });
  await states.stop();
});
