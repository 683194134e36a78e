/** A runtime in a process of its own, to be killed: tells its host's process id once a handler loops. */
import { givenLambda } from './given-lambda.ts';

const given = givenLambda();
given.declare('looping', 'export const handler = async () => { console.log("looping"); for (;;); };', { Timeout: 900 });
given.invoke('looping').catch(() => undefined);
const waiting = setInterval(() => {
  void given.logOf('looping').then(
    (lines) => {
      if (!lines.some((line) => line.includes('looping'))) return;
      clearInterval(waiting);
      process.send?.(given.lambda.hostPid);
    },
    () => undefined,
  );
}, 20);
