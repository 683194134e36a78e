/** The two ports of local-cloud: which they are, and whether they are free. */
import { createServer } from 'node:net';
import { CommandError } from './command-line.ts';

export interface Port {
  readonly variable: 'API_PORT' | 'AWS_PORT';
  readonly number: number;
}

/** The ports that the environment asks for. */
export function readPorts(env: NodeJS.ProcessEnv): readonly [api: Port, aws: Port] {
  const api = portOf(env, 'API_PORT', 3000);
  const aws = portOf(env, 'AWS_PORT', 4566);
  if (api.number === aws.number)
    throw new CommandError(`API_PORT and AWS_PORT are both ${api.number}: they must differ.`);
  return [api, aws];
}

/** Throws a sentence that says which port is taken, and what to set. */
export async function checkThatPortsAreFree(ports: readonly Port[]): Promise<void> {
  for (const { variable, number } of ports) {
    if (await isFree(number)) continue;
    throw new CommandError(
      `Port ${number} is taken by another program: stop that, or choose another port with ${variable}=${number + 1} npm start.`,
    );
  }
}

function portOf(env: NodeJS.ProcessEnv, variable: Port['variable'], usual: number): Port {
  const number = Number(env[variable] ?? usual);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new CommandError(`${variable} takes a port between 1 and 65535, not "${env[variable]}".`);
  }
  return { variable, number };
}

/** A port counts as taken whether its holder listens on all addresses or on one of the two loopbacks. */
async function isFree(port: number): Promise<boolean> {
  const attempts = await Promise.all([undefined, '127.0.0.1', '::1'].map((host) => canListen(port, host)));
  return attempts.every((can) => can);
}

function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
