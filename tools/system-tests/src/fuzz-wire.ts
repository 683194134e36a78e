/** Sends requests just as they are, over connections that are kept: `fetch` would put paths and headers right. */
import { Agent, request } from 'node:http';
import type { Answer } from './api-document.ts';
import type { WireRequest } from './fuzz-requests.ts';

/** Connections to an API. */
export class Wire {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #address: { readonly hostname: string; readonly port: string };

  constructor(apiUrl: string) {
    const { hostname, port } = new URL(apiUrl);
    this.#address = { hostname, port };
  }

  /** The answer to a request; rejects where the connection ends without one. */
  send({ method, target, headers, body }: WireRequest): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { ...this.#address, agent: this.#agent, method, path: target, headers: { ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: Object.fromEntries(
                Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
              ),
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Works off requests, `width` at a time, in their order. */
  async sendAll<Work>(
    all: readonly Work[],
    width: number,
    work: (one: Work, index: number) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < all.length; index = next++) {
        const one = all[index];
        if (one !== undefined) await work(one, index);
      }
    };
    await Promise.all(Array.from({ length: width }, lane));
  }

  close(): void {
    this.#agent.destroy();
  }
}
