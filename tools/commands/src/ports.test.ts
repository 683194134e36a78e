import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { checkThatPortsAreFree, readPorts } from './ports.ts';

let server: Server | undefined;

afterEach(() => server?.close());

async function takePort(host: string): Promise<number> {
  server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

describe('the ports of local-cloud', () => {
  it('are 3000 and 4566 unless the environment says otherwise', () => {
    expect(readPorts({})).toEqual([
      { variable: 'API_PORT', number: 3000 },
      { variable: 'AWS_PORT', number: 4566 },
    ]);
    expect(readPorts({ API_PORT: '3100', AWS_PORT: '4600' }).map(({ number }) => number)).toEqual([3100, 4600]);
  });

  it.each(['', 'http', '70000', '-1', '3000.5'])('%p is no port', (API_PORT) => {
    expect(() => readPorts({ API_PORT })).toThrow('API_PORT takes a port between 1 and 65535');
  });

  it('must differ', () => {
    expect(() => readPorts({ API_PORT: '4566' })).toThrow('API_PORT and AWS_PORT are both 4566');
  });

  it.each(['127.0.0.1', '0.0.0.0'])('a port that is taken on %s is told with the variable to set', async (host) => {
    const number = await takePort(host);
    await expect(checkThatPortsAreFree([{ variable: 'AWS_PORT', number }])).rejects.toThrow(
      new RegExp(`Port ${number} is taken .* AWS_PORT=`),
    );
  });

  it('a free port passes', async () => {
    const number = await takePort('127.0.0.1');
    await new Promise((resolve) => server?.close(resolve));
    await expect(checkThatPortsAreFree([{ variable: 'API_PORT', number }])).resolves.toBeUndefined();
  });
});
