/** The functions that Step Functions adds to JSONata, and what an expression may use up. */
import { Clock } from '../clock.ts';
import { Expressions } from './jsonata.ts';
import { seededRandom } from './given-states.ts';

const NOW = Date.UTC(2026, 0, 1);

function evaluate(text: string, elapsed?: () => number): Promise<unknown> {
  return new Expressions(new Clock({ frozenAt: NOW }), seededRandom(3), elapsed).compile(text).evaluate({ n: 5 });
}

async function failure(text: string, elapsed?: () => number): Promise<string> {
  return evaluate(text, elapsed).then(
    (value) => `evaluated to ${JSON.stringify(value)}`,
    (error: unknown) => JSON.stringify(error, ['code', 'message']) + String(error),
  );
}

describe('the functions of Step Functions (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn)', () => {
  it('$partition cuts an array into parts, the last of which may be shorter', async () => {
    expect(await evaluate('$partition([1,2,3,4,5], 2)')).toEqual([[1, 2], [3, 4], [5]]);
    expect(await evaluate('$partition([1,2,3], 2.9)')).toEqual([[1, 2], [3]]);
    expect(await evaluate('$partition([1,2], 5)')).toEqual([[1, 2]]);
    expect(await failure('$partition([1,2], 0)')).toContain('positive integer');
    expect(await failure("$partition([1,2], 'a')")).toContain('T0410');
  });

  it('$range counts up or down, with both ends, in whole numbers', async () => {
    expect(await evaluate('$range(1, 9, 4)')).toEqual([1, 5, 9]);
    expect(await evaluate('$range(1, 8, 2)')).toEqual([1, 3, 5, 7]);
    expect(await evaluate('$range(9, 1, -4)')).toEqual([9, 5, 1]);
    expect(await evaluate('$range(-1.2, 2.8, 1.9)')).toEqual([-1, 0, 1, 2]);
  });

  it('$range is a sequence: of one element it is that element, of none it is nothing', async () => {
    expect(await evaluate('$range(3, 3, 1)')).toBe(3);
    for (const none of ['$range(3, 1, 1)', '$range(1, 3, -1)', '$range(1, 3, 0)', '$range(1, 3, 0.9)']) {
      expect(await evaluate(none)).toBeUndefined();
    }
  });

  it('$range makes a thousand elements and no more', async () => {
    expect(await evaluate('$count($range(1, 1000, 1))')).toBe(1000);
    expect(await failure('$range(1, 1001, 1)')).toContain('1000');
  });

  it('$hash knows five algorithms', async () => {
    const lengths = { MD5: 32, 'SHA-1': 40, 'SHA-256': 64, 'SHA-384': 96, 'SHA-512': 128 };
    for (const [name, length] of Object.entries(lengths)) {
      expect(await evaluate(`$length($hash('abc', '${name}'))`)).toBe(length);
    }
    expect(await evaluate("$hash('abc', 'MD5')")).toBe('900150983cd24fb0d6963f7d28e17f72');
    expect(await failure("$hash('abc', 'CRC')")).toContain('hash algorithm');
  });

  it('$random lies in [0, 1), and is the same for the same seed', async () => {
    expect(await evaluate('$random() >= 0 and $random() < 1')).toBe(true);
    expect(await evaluate('$random() = $random()')).toBe(false);
    expect(await evaluate('$random(7) = $random(7)')).toBe(true);
    expect(await evaluate('$random(7) = $random(8)')).toBe(false);
  });

  it('$uuid is a version 4 UUID', async () => {
    expect(await evaluate('$uuid()')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('$parse reads JSON, and refuses what is none', async () => {
    expect(await evaluate(`$parse('{"a":[1,null]}')`)).toEqual({ a: [1, null] });
    expect(await failure("$parse('{a}')")).not.toContain('evaluated');
    expect(await failure('$parse(5)')).toContain('T0410');
  });

  it('$eval is not there', async () => {
    expect(await failure("$eval('1')")).not.toContain('evaluated');
  });

  it('$now and $millis are the time of the clock', async () => {
    expect(await evaluate('$now()')).toBe('2026-01-01T00:00:00.000Z');
    expect(await evaluate('$millis()')).toBe(NOW);
  });
});

describe('an expression that does not end (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html)', () => {
  it('is stopped after a second', async () => {
    let now = 0;
    const elapsed = (): number => (now += 400);
    expect(await failure('($f := function($n) { $f($n + 1) }; $f(1))', elapsed)).toContain(
      'Expression evaluation timeout',
    );
  });

  it('is stopped where it nests too deeply', async () => {
    expect(await evaluate('($f := function($n) { $n < 1 ? 0 : 1 + $f($n - 1) }; $f(1000))')).toBe(1000);
    expect(await failure('($f := function($n) { 1 + $f($n + 1) }; $f(1))', () => 0)).toContain('Stack overflow error');
  });
});

describe('JSONata 2.0.6 (https://docs.jsonata.org/2.0.0/overview)', () => {
  it('sees variables and no document, and makes plain JSON', async () => {
    expect(await evaluate('$n + 1')).toBe(6);
    expect(await evaluate('n')).toBeUndefined();
    expect(await evaluate('$')).toBeUndefined();
    expect(await evaluate('[1,2,3][$ > 1]')).toEqual([2, 3]);
    expect(await evaluate('[1,2,3][$ > 2]')).toBe(3);
    expect(await evaluate('{"a": $missing, "b": null}')).toEqual({ b: null });
  });

  it('does not return functions', async () => {
    expect(await failure('$uppercase')).toContain('not a JSON value');
    expect(await failure('function($a) { $a }')).toContain('not a JSON value');
  });
});
