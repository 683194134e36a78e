/** `npm run invoke`: calls one function and prints its answer. */
import { cloudOf } from './cloud.ts';
import { CommandError, main, readCommandLine } from './command-line.ts';
import { invoke } from './functions.ts';

const help = `Calls a function and prints its answer.

  npm run invoke -- <service> <function> [--data '{"json": true}'] [--stage dev]

  npm run invoke -- inventory seed-catalogue
  npm run invoke -- order get-order --data '{"pathParameters": {"orderId": "…"}, "requestContext": {"requestId": "me"}}'

Without --stage it is the local-cloud that npm start runs; with it, that stage on AWS.`;

await main(async () => {
  const options = { data: { type: 'string', default: '{}' }, stage: { type: 'string' } } as const;
  const { values, positionals } = readCommandLine({ help, options, words: 2 });
  const [service, name] = positionals;
  if (service === undefined || name === undefined) throw new CommandError(help);
  if (!isJson(values.data)) throw new CommandError(`--data is not JSON: ${values.data}`);
  const answer = await invoke(await cloudOf(values.stage), service, name, values.data);
  console.log(isJson(answer.payload) ? JSON.stringify(JSON.parse(answer.payload), null, 2) : answer.payload);
  if (answer.failure !== undefined) throw new CommandError(`The function failed (${answer.failure}).`);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
