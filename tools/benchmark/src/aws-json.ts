/** The AWS JSON protocol without an SDK: what the benchmark asks on the side must cost next to nothing. */
import { Agent, request } from 'node:http';
import type * as z from 'zod';

/** The prefix of each service's operations, and its version of the protocol. */
const SERVICES = {
  dynamodb: { target: 'DynamoDB_20120810', version: '1.0' },
  states: { target: 'AWSStepFunctions', version: '1.0' },
  events: { target: 'AWSEvents', version: '1.1' },
} as const;

/** An HTTP answer, wholly read. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** What is sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Connections that are kept and used again. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity, scheduling: 'lifo' });

  /** Sends a request and reads the answer. */
  send({ method, url, headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, agent: this.#agent, headers: { ...headers, ...length } }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** local-cloud as the account's administrator sees it. */
export class AwsClient {
  readonly #http: HttpClient;
  readonly #url: string;

  constructor(http: HttpClient, awsUrl: string) {
    this.#http = http;
    this.#url = awsUrl;
  }

  /**
   * Calls an operation of a JSON service.
   * @throws Error with what it answered, where that is an error
   */
  async call<T>(service: keyof typeof SERVICES, operation: string, input: object, output: z.ZodType<T>): Promise<T> {
    const { target, version } = SERVICES[service];
    const headers = {
      ...signed(service),
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': `${target}.${operation}`,
    };
    const answer = await this.#http.send({ method: 'POST', url: this.#url, headers, body: JSON.stringify(input) });
    if (answer.status !== 200) throw new Error(`${operation}: ${answer.status} ${answer.body}`);
    return output.parse(JSON.parse(answer.body));
  }

  /**
   * Invokes a function and waits for it.
   * @throws Error with what it answered, where it failed
   */
  async invoke(functionName: string): Promise<void> {
    const url = `${this.#url}/2015-03-31/functions/${functionName}/invocations`;
    const answer = await this.#http.send({ method: 'POST', url, headers: signed('lambda'), body: '{}' });
    const failed = answer.status !== 200 || answer.body.includes('"errorType"');
    if (failed) throw new Error(`${functionName}: ${answer.status} ${answer.body}`);
  }

  /** Answers once nothing is under way in the runtime. */
  async idle(): Promise<void> {
    const url = `${this.#url}/_local-cloud/idle`;
    const { status, body } = await this.#http.send({ method: 'POST', url });
    if (status !== 200) throw new Error(`idle: ${status} ${body}`);
  }
}

/** local-cloud reads the access key and the service, and does not check the signature. */
function signed(service: string): Record<string, string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=benchmark/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  return { authorization, 'x-amz-date': '20260101T000000Z' };
}
