import { agreements } from './agreements.ts';

it.each(
  agreements.map(({ shorter, longer, because }) => [shorter.what, longer.what, because, shorter, longer] as const),
)('“%s” is shorter than “%s”: %s', (_shorter, _longer, _because, shorter, longer) => {
  expect(shorter.seconds).toBeGreaterThan(0);
  expect(shorter.seconds).toBeLessThan(longer.seconds);
});
