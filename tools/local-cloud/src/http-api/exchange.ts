/** A request and an answer between the HTTP server and the gateway. */

/** A request whose body has been read. Header names and values stand as they came, pair by pair. */
export interface GatewayRequest {
  readonly method: string;
  /** The path without its percent-encoding, which HTTP APIs take off before anything else. */
  readonly path: string;
  readonly query: string;
  readonly protocol: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sourceIp: string;
  readonly port: number;
  readonly body: Uint8Array;
}

/** An answer; header names are lower-case. */
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Uint8Array;
}

/** An answer of the gateway's own, in the form that HTTP APIs have: `{"message": …}`. */
export function gatewayMessage(status: number, message: string): GatewayResponse {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, cookies: [], body: Buffer.from(JSON.stringify({ message })) };
}

/** The values of a header, in their order. */
export function headerValues(request: GatewayRequest, name: string): string[] {
  return request.headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}
