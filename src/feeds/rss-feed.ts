import { parseRssFeed, type RssFeed } from 'feedsmith';
import type { FeedContent } from './feed-content.ts';
import { resolver } from './feed-links.ts';
import { alternateLink, selfLink } from './link-choice.ts';
import { mediaFiles, mediaImage } from './media-files.ts';
import { normalEntry, normalFacts } from './normal-feed.ts';

type Item = RssFeed.Item<string>;

/** RSS 0.91 to 2.0, with what Dublin Core, iTunes, Media RSS, Atom and `content:encoded` add to it. */
export function rssFeed(text: string, url: string): FeedContent {
  const rss = parseRssFeed(text);
  const resolve = resolver(rss.xml?.base, rss.link, url);
  const { managingEditor, itunes, atom, dc } = rss;
  const feed = normalFacts(
    {
      format: 'rss',
      id: atom?.id,
      title: rss.title ?? itunes?.title,
      link: rss.link ?? alternateLink(atom?.links),
      feedUrl: selfLink(atom?.links),
      description: rss.description ?? podcastText(itunes),
      language: rss.language ?? dc?.languages?.[0],
      updated: rss.lastBuildDate ?? rss.pubDate ?? atom?.updated ?? dc?.dates?.[0],
      image: rss.image?.url ?? itunes?.image,
      authors: managingEditor ? [authorOf(managingEditor)] : named(dc?.creators ?? single(itunes?.author)),
      categories: [
        ...names(rss.categories),
        ...(itunes?.categories ?? []).map(({ text: name }) => name ?? ''),
      ],
    },
    resolve,
  );
  const entries = (rss.items ?? []).map((item) => {
    const inner =
      item.xml?.base === undefined ? resolve : resolver(item.xml.base, rss.xml?.base, rss.link, url);
    return normalEntry(looseItem(item), inner);
  });
  return { feed, entries };
}

function looseItem(item: Item) {
  const { guid, atom, dc, dcterms, itunes, media } = item;
  const permalink =
    guid?.isPermaLink !== false && /^https?:/i.test(guid?.value ?? '') ? guid?.value : undefined;
  return {
    id: guid?.value ?? atom?.id,
    url: item.link ?? permalink ?? alternateLink(atom?.links),
    title: item.title ?? dc?.titles?.[0] ?? itunes?.title ?? media?.title?.value,
    summary: item.description ?? podcastText(itunes) ?? media?.description?.value ?? dc?.descriptions?.[0],
    content: item.content?.encoded,
    contentType: 'html' as const,
    authors: item.authors?.map(authorOf) ?? named(dc?.creators ?? single(itunes?.author)),
    published: item.pubDate ?? atom?.published ?? dc?.dates?.[0] ?? dcterms?.issued?.[0],
    updated: atom?.updated ?? dcterms?.modified?.[0],
    categories: [...names(item.categories), ...(dc?.subjects ?? [])],
    image: itunes?.image ?? mediaImage(media),
    enclosures: [...(item.enclosures ?? []), ...mediaFiles(media)],
  };
}

/** Old podcasts describe themselves nowhere else. */
function podcastText(itunes: { readonly summary?: string } | undefined): string | undefined {
  return itunes?.summary;
}

function authorOf({ name, email, link }: { name?: string; email?: string; link?: string }) {
  return { name, email, url: link };
}

function names(categories: readonly { readonly name?: string }[] | undefined): string[] {
  return (categories ?? []).map(({ name }) => name ?? '').filter((name) => name !== '');
}

function named(authors: readonly string[] | undefined) {
  return authors?.map((name) => ({ name }));
}

function single(value: string | undefined): string[] | undefined {
  return value === undefined ? undefined : [value];
}
