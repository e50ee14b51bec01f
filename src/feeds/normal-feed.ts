import { createHash } from 'node:crypto';
import type { FeedAuthor, FeedEnclosure, FeedEntry, FeedFacts } from './feed-content.ts';
import { isoDate } from './feed-date.ts';
import type { Resolve } from './feed-links.ts';

/** Before it is tidied: every value may be missing or `undefined`. */
type Loose<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** What a format's reader says of its feed, before absent values are left out. Dates are as written. */
export type LooseFacts = Loose<Omit<FeedFacts, 'authors' | 'format'>> & {
  readonly format: FeedFacts['format'];
  readonly authors?: readonly Loose<FeedAuthor>[] | undefined;
};

export type LooseEntry = Loose<Omit<FeedEntry, 'authors' | 'enclosures'>> & {
  readonly authors?: readonly Loose<FeedAuthor>[] | undefined;
  readonly enclosures?: readonly Loose<FeedEnclosure>[] | undefined;
};

export function normalFacts(facts: LooseFacts, resolve: Resolve): FeedFacts {
  return present<FeedFacts>({
    ...facts,
    link: resolve(facts.link),
    feedUrl: resolve(facts.feedUrl),
    image: resolve(facts.image),
    updated: isoDate(facts.updated),
    authors: normalAuthors(facts.authors, resolve),
    categories: distinct(facts.categories),
  });
}

export function normalEntry(entry: LooseEntry, resolve: Resolve): FeedEntry {
  const url = resolve(entry.url);
  const { content } = entry;
  return present<FeedEntry>({
    id: entry.id ?? url ?? digest(entry),
    url,
    title: entry.title,
    summary: entry.summary,
    content,
    contentType: content === undefined ? undefined : entry.contentType,
    authors: normalAuthors(entry.authors, resolve),
    published: isoDate(entry.published),
    updated: isoDate(entry.updated),
    categories: distinct(entry.categories),
    image: resolve(entry.image),
    enclosures: normalEnclosures(entry.enclosures, resolve),
  });
}

/** For an entry that has neither id nor link. The same for the same text, wherever it is parsed. */
function digest({ title, published, updated, summary, content }: LooseEntry): string {
  const told = JSON.stringify([title, published ?? updated, summary ?? content]);
  return `sha256:${createHash('sha256').update(told).digest('hex').slice(0, 32)}`;
}

function normalAuthors(authors: LooseEntry['authors'], resolve: Resolve): FeedAuthor[] {
  return (authors ?? [])
    .map((author) => present<FeedAuthor>({ ...author, url: resolve(author.url) }))
    .filter((author) => Object.keys(author).length > 0);
}

/** One for each address. */
function normalEnclosures(enclosures: LooseEntry['enclosures'], resolve: Resolve): FeedEnclosure[] {
  const byUrl = new Map<string, FeedEnclosure>();
  for (const { url: link, type, length } of enclosures ?? []) {
    const url = resolve(link);
    if (url === undefined || byUrl.has(url)) continue;
    const known = length !== undefined && Number.isSafeInteger(length) && length > 0;
    byUrl.set(url, present<FeedEnclosure>({ url, type, length: known ? length : undefined }));
  }
  return [...byUrl.values()];
}

function distinct(texts: readonly string[] | undefined): string[] {
  return [...new Set(texts ?? [])];
}

/** Leaves out what is absent or empty. */
function present<T extends object>(value: Loose<T>): T {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, inner]) => inner !== undefined && inner !== '' && !(Array.isArray(inner) && inner.length === 0),
    ),
  ) as T;
}
