import { parseRdfFeed, type RdfFeed } from 'feedsmith';
import type { FeedContent } from './feed-content.ts';
import { resolver } from './feed-links.ts';
import { selfLink } from './link-choice.ts';
import { mediaFiles, mediaImage } from './media-files.ts';
import { normalEntry, normalFacts } from './normal-feed.ts';

type Item = RdfFeed.Item<string>;

/** RSS 0.90 and 1.0, with Dublin Core and `content:encoded`. */
export function rdfFeed(text: string, url: string): FeedContent {
  const rdf = parseRdfFeed(text);
  const resolve = resolver(rdf.xml?.base, rdf.link, url);
  const { dc, dcterms } = rdf;
  const feed = normalFacts(
    {
      format: 'rdf',
      id: rdf.rdf?.about,
      title: rdf.title ?? dc?.titles?.[0],
      link: rdf.link,
      feedUrl: selfLink(rdf.atom?.links),
      description: rdf.description ?? dc?.descriptions?.[0],
      language: dc?.languages?.[0],
      updated: dc?.dates?.[0] ?? dcterms?.modified?.[0],
      image: rdf.image?.url,
      authors: named(dc?.creators),
      categories: dc?.subjects,
    },
    resolve,
  );
  const entries = (rdf.items ?? []).map((item) => {
    const inner =
      item.xml?.base === undefined ? resolve : resolver(item.xml.base, rdf.xml?.base, rdf.link, url);
    return normalEntry(looseItem(item), inner);
  });
  return { feed, entries };
}

function looseItem(item: Item) {
  const { dc, dcterms, media, rdf } = item;
  return {
    id: rdf?.about ?? dc?.identifiers?.[0],
    url: item.link,
    title: item.title ?? dc?.titles?.[0],
    summary: item.description ?? dc?.descriptions?.[0],
    content: item.content?.encoded,
    contentType: 'html' as const,
    authors: named(dc?.creators),
    published: dc?.dates?.[0] ?? dcterms?.issued?.[0],
    updated: dcterms?.modified?.[0],
    categories: dc?.subjects,
    image: mediaImage(media),
    enclosures: mediaFiles(media),
  };
}

function named(authors: readonly string[] | undefined) {
  return authors?.map((name) => ({ name }));
}
