import type { JsonValue, NewUpdate } from '../../../src/base/update.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

const texts = [
  '',
  'plain',
  'ünïcödé',
  '日本語',
  '👩‍🚀',
  'line\nbreak',
  '"quoted\\"',
  '\u0000',
  '\ud800 half a pair',
  '</script>',
];
const names = ['a', 'price', '', '__proto__', 'constructor', 'toJSON', 'ключ', 'with space', '0'];

/** Any JSON value, a few levels deep, with the names and texts that break naive code. */
export function randomJson(random: SeededRandom, depth = 3): JsonValue {
  const choice = random.below(depth > 0 ? 8 : 6);
  if (choice === 0) return null;
  if (choice === 1) return random.below(2) === 0;
  if (choice === 2) return random.below(2_000_000) - 1_000_000;
  if (choice === 3) return (random.float() - 0.5) * 10 ** (random.below(600) - 300);
  if (choice < 6) return texts[random.below(texts.length)] as string;
  const length = random.below(4);
  if (choice === 6) return Array.from({ length }, () => randomJson(random, depth - 1));
  const entries = Array.from({ length }, () => [
    names[random.below(names.length)],
    randomJson(random, depth - 1),
  ]);
  return Object.fromEntries(entries) as JsonValue;
}

export function randomUpdate(random: SeededRandom): NewUpdate {
  const url = `https://example.org/${random.below(1000)}/${['', 'é', '日本', '👩‍🚀'][random.below(4)]}`;
  const data = randomJson(random, 2);
  if (random.below(5) === 0) return { url, data, kind: 'delete' };
  const content = random.below(4) === 0 ? random.bytes(random.below(100)) : randomJson(random);
  return { url, content, data };
}
