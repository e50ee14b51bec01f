import { type JsonFeed, parseJsonFeed } from 'feedsmith';
import type { FeedContent } from './feed-content.ts';
import { resolver } from './feed-links.ts';
import { normalEntry, normalFacts } from './normal-feed.ts';

type Item = JsonFeed.Item<string>;

/** JSON Feed 1.0 and 1.1. `value` is parsed JSON. */
export function jsonFeed(value: unknown, url: string): FeedContent {
  const json = parseJsonFeed(value);
  const resolve = resolver(json.feed_url, json.home_page_url, url);
  const feed = normalFacts(
    {
      format: 'json',
      id: json.feed_url,
      title: json.title,
      link: json.home_page_url,
      feedUrl: json.feed_url,
      description: json.description,
      language: json.language,
      image: json.icon ?? json.favicon,
      authors: json.authors,
    },
    resolve,
  );
  return { feed, entries: (json.items ?? []).map((item) => normalEntry(looseItem(item), resolve)) };
}

function looseItem(item: Item) {
  const html = item.content_html;
  return {
    id: item.id,
    url: item.url ?? item.external_url,
    title: item.title,
    summary: item.summary,
    content: html ?? item.content_text,
    contentType: html === undefined ? ('text' as const) : ('html' as const),
    authors: item.authors,
    published: item.date_published,
    updated: item.date_modified,
    categories: item.tags,
    image: item.image ?? item.banner_image,
    enclosures: item.attachments?.map(({ url, mime_type, size_in_bytes }) => ({
      url,
      type: mime_type,
      length: size_in_bytes,
    })),
  };
}
