import { silentTelemetry } from '@distributed-patterns/telemetry';
import type { Context } from 'aws-lambda';
import { httpEdge } from './edge.ts';
import { request } from './given-request.ts';
import { revalidated } from './revalidation.ts';

const thing = { status: 200, body: { id: 7, status: 'PENDING' } };
const asking = (condition?: string) =>
  request({ headers: condition === undefined ? {} : { 'if-none-match': condition } });
const tagOf = (answer: { headers?: Readonly<Record<string, string>> }) => answer.headers?.['etag'] ?? '';
const tag = tagOf(revalidated(asking(), thing));

describe('an answer that may be kept', () => {
  it('has a strong tag, is the customer’s own, and has to be asked for each time', () => {
    expect(revalidated(asking(), { ...thing, headers: { location: '/things/7' } })).toEqual({
      ...thing,
      headers: {
        location: '/things/7',
        etag: expect.stringMatching(/^"[\w-]{22}"$/),
        'cache-control': 'private, no-cache',
      },
    });
  });

  it('has the same tag as long as its body is the same, and only then', () => {
    expect(tagOf(revalidated(asking(), { ...thing }))).toBe(tag);
    expect(tagOf(revalidated(asking(), { status: 200, body: { ...thing.body, status: 'COMPLETED' } }))).not.toBe(tag);
  });

  it.each([
    ['its tag', tag],
    ['its tag, as marked weak by a cache', `W/${tag}`],
    ['its tag among others', `"other", W/"another",${tag}`],
    ['any tag', '*'],
  ])('is not sent again to whoever names %s', (_what, condition) => {
    const answer = revalidated(asking(condition), thing);
    expect(answer).toEqual({ status: 304, headers: { etag: tag, 'cache-control': 'private, no-cache' } });
  });

  it.each([
    ['another tag', '"other"'],
    ['its tag without quotes', tag.replaceAll('"', '')],
    ['a part of its tag', `${tag.slice(0, -2)}"`],
    ['any tag, among others', '"other", *'],
    ['any tag, marked weak', 'W/*'],
    ['nothing', ''],
  ])('is sent to whoever names %s', (_what, condition) => {
    expect(revalidated(asking(condition), thing)).toMatchObject(thing);
  });

  it('that is not sent again has no body on the wire, nor a type of one', async () => {
    const handler = httpEdge(
      async (event) => revalidated(event, thing),
      () => silentTelemetry,
    );
    // The edge looks at nothing of the context.
    const answer = await handler(asking(tag), {} as Context);
    expect(answer).toEqual({
      statusCode: 304,
      headers: { 'x-correlation-id': 'request-1', etag: tag, 'cache-control': 'private, no-cache' },
    });
  });
});
