import { SeededRandom } from '../../test/support/seeded-random.ts';

/** What the updates of the benches carry: one entry of a feed, about 1 KB as JSON. */
export interface FeedEntry {
  readonly id: string;
  readonly title: string;
  readonly link: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly published: string;
  readonly updated: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly language: string;
  readonly score: number;
  readonly reads: number;
  readonly media: readonly {
    readonly url: string;
    readonly type: string;
    readonly width: number;
    readonly height: number;
  }[];
}

/** Half a million updates touch this many feeds, as in a fleet that watches them. */
const usualFeeds = 5000;
const words = Array.from({ length: 4000 }, (_, index) => word(index));

/** The URL of the update with this number. */
export function feedUrl(index: number, feeds: number = usualFeeds): string {
  return `https://example.org/feeds/${index % feeds}`;
}

/** The same for the same number, on every machine and for every contender; it compresses about as prose does. */
export function feedEntry(index: number): FeedEntry {
  const random = new SeededRandom(index + 1);
  const hex = Buffer.from(random.bytes(16)).toString('hex');
  const published = Date.UTC(2026, 0, 1) + index * 1000;
  return {
    id: `urn:uuid:${hex}`,
    title: prose(random, 50),
    link: `${feedUrl(index)}/entries/${hex.slice(0, 12)}`,
    author: { name: prose(random, 12), email: `${random.pick(words)}@example.org` },
    published: new Date(published).toISOString(),
    updated: new Date(published + random.below(86_400_000)).toISOString(),
    summary: prose(random, 430),
    tags: [random.pick(words), random.pick(words), random.pick(words)],
    language: random.pick(['en', 'de', 'fr', 'pt']),
    score: random.float(),
    reads: random.below(100_000),
    media: [
      { url: `https://cdn.example.org/${hex.slice(12)}.jpg`, type: 'image/jpeg', width: 1200, height: 800 },
    ],
  };
}

/** The same, made beforehand: past the first thousands they come again. */
export function feedEntries(count: number): (index: number) => FeedEntry {
  const entries = Array.from({ length: Math.min(count, 20_000) }, (_, index) => feedEntry(index));
  return (index) => entries[index % entries.length] as FeedEntry;
}

/** Common words are common: the square of chance picks early ones more often. */
function prose(random: SeededRandom, length: number): string {
  let text = '';
  while (text.length < length) text += `${words[Math.floor(random.float() ** 2 * words.length)]} `;
  return text.slice(0, length).trimEnd();
}

function word(index: number): string {
  const random = new SeededRandom(index);
  const syllables = 1 + random.below(4);
  return Array.from(
    { length: syllables },
    () => random.pick('bdfghklmnprstvw'.split('')) + random.pick(['a', 'e', 'i', 'o', 'u', 'an', 'er']),
  ).join('');
}
