import { type AtomFeed, parseAtomFeed } from 'feedsmith';
import type { FeedContent } from './feed-content.ts';
import { resolver } from './feed-links.ts';
import { alternateLink, enclosureLinks, selfLink } from './link-choice.ts';
import { mediaFiles, mediaImage } from './media-files.ts';
import { normalEntry, normalFacts } from './normal-feed.ts';

type Entry = AtomFeed.Entry<string>;

/** Atom 1.0 and 0.3. Content in XHTML is the markup within its `div`, as text. */
export function atomFeed(text: string, url: string): FeedContent {
  const atom = parseAtomFeed(text);
  const link = alternateLink(atom.links);
  const resolve = resolver(atom.xml?.base, link, url);
  const feed = normalFacts(
    {
      format: 'atom',
      id: atom.id,
      title: atom.title?.value,
      link,
      feedUrl: selfLink(atom.links),
      description: atom.subtitle?.value,
      language: atom.xml?.lang ?? atom.dc?.languages?.[0],
      updated: atom.updated ?? atom.dc?.dates?.[0],
      image: atom.logo ?? atom.icon,
      authors: atom.authors?.map(authorOf),
      categories: terms(atom.categories),
    },
    resolve,
  );
  const entries = (atom.entries ?? []).map((entry) => {
    const base = entry.xml?.base;
    const inner = base === undefined ? resolve : resolver(base, atom.xml?.base, link, url);
    return normalEntry(looseEntry(entry), inner);
  });
  return { feed, entries };
}

function looseEntry(entry: Entry) {
  const { content, dc, itunes, media } = entry;
  return {
    id: entry.id,
    url: alternateLink(entry.links) ?? content?.src,
    title: entry.title?.value ?? media?.title?.value,
    summary: entry.summary?.value ?? media?.description?.value,
    content: content?.value,
    contentType: contentType(content?.type),
    authors: entry.authors?.map(authorOf) ?? dc?.creators?.map((name) => ({ name })),
    published: entry.published ?? dc?.dates?.[0],
    updated: entry.updated,
    categories: [...terms(entry.categories), ...(dc?.subjects ?? [])],
    image: itunes?.image ?? mediaImage(media),
    enclosures: [...enclosureLinks(entry.links), ...mediaFiles(media)],
  };
}

/** Other types, as images in base64, have no name here. */
function contentType(type = 'text'): 'text' | 'html' | undefined {
  if (/html/i.test(type)) return 'html';
  return type === 'text' || type === 'text/plain' ? 'text' : undefined;
}

function authorOf({ name, email, uri }: { name?: string; email?: string; uri?: string }) {
  return { name, email, url: uri };
}

function terms(
  categories: readonly { readonly term?: string; readonly label?: string }[] | undefined,
): string[] {
  return (categories ?? []).map(({ term, label }) => term ?? label ?? '').filter((name) => name !== '');
}
