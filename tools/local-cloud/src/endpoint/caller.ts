/** Who signed a request: the access key in its SigV4 `Authorization` header or query. */
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';

/** The access key, the session that it is of, where it is one's, and the service of a credential scope. */
export interface Credential {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly scope: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html */
const QUERY_PARAMETERS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
  'X-Amz-Date',
];

/**
 * Reads the credential of a request. The signature itself is not checked: whoever reaches the loopback
 * interface may act as the administrator anyway.
 * @throws AwsError MissingAuthenticationToken, IncompleteSignature or InvalidSignature, as AWS answers
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)
 */
export function credentialOf(headers: IncomingHttpHeaders, query: string): Credential {
  const header = headers.authorization;
  const inQuery = query.includes('X-Amz-Algorithm');
  if (header !== undefined && inQuery)
    throw invalid("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  if (inQuery) return fromQuery(query);
  if (header === undefined || !header.startsWith('AWS4-')) throw missingToken();
  const parts = partsOf(header);
  const absent = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => parts.get(name) === undefined);
  const complaints = absent.map((name) => `Authorization header requires '${name}' parameter. `);
  if (headers['x-amz-date'] === undefined && headers.date === undefined) {
    complaints.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  }
  if (complaints.length > 0) throw incomplete(`${complaints.join('')}Authorization=${header}`);
  return parse(parts.get('Credential') ?? '', headers['x-amz-security-token']);
}

/**
 * Holds a credential against the service that was called.
 * @throws AwsError InvalidSignatureException
 */
export function checkScope({ scope }: Credential, service: string): void {
  if (scope !== service) throw invalid(`Credential should be scoped to correct service: '${service}'. `);
}

/** The service of the credential scope, where there is one, without judging the request. */
export function scopeOf(headers: IncomingHttpHeaders): string | undefined {
  const header = headers.authorization ?? '';
  const start = header.indexOf('Credential=');
  return start === -1 ? undefined : header.slice(start).split(',', 1)[0]?.split('/')[3];
}

function fromQuery(query: string): Credential {
  const parameters = new URLSearchParams(query);
  const absent = QUERY_PARAMETERS.filter((name) => !parameters.get(name));
  if (absent.length > 0) {
    const complaints = absent.map((name) => `AWS query-string parameters must include '${name}'. `);
    throw incomplete(`${complaints.join('')}Re-examine the query-string parameters.`);
  }
  return parse(parameters.get('X-Amz-Credential') ?? '', parameters.get('X-Amz-Security-Token') ?? undefined);
}

/** `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, parted by commas or spaces; a value is never empty. */
function partsOf(header: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of header.split(/[, ]+/).slice(1)) {
    const equals = part.indexOf('=');
    if (equals > 0 && equals < part.length - 1) parts.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return parts;
}

/** `AKID/20260101/us-east-1/dynamodb/aws4_request`; the key itself may have slashes in it. */
function parse(credential: string, token: string | string[] | undefined): Credential {
  const [terminator, scope, region, date, ...key] = credential.split('/').reverse();
  const accessKeyId = key.reverse().join('/');
  if (!accessKeyId || !date || !region || !scope || terminator !== 'aws4_request') {
    throw incomplete(
      `Credential must have at least 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  return { accessKeyId, sessionToken: token?.toString(), scope };
}

function missingToken(): AwsError {
  return new AwsError('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
}

function incomplete(message: string): AwsError {
  return new AwsError('IncompleteSignatureException', message);
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidSignatureException', message);
}
