import { MiB } from '../../src/config/units.ts';
import type { FeedContent } from '../../src/feeds/feed-content.ts';
import { parseFeed } from '../../src/feeds/parse-feed.ts';

export const memoryBytes = 256 * MiB;

/** Parsed in this thread, as of an update of `url`. */
export function parsed(document: string | Uint8Array, url = 'urn:none', memory = memoryBytes): FeedContent {
  return parseFeed(document, url, { memoryBytes: memory });
}

/** An RSS 2.0 document with `inner` in its channel. */
export function rss(inner: string, attributes = ''): string {
  return `<?xml version="1.0"?><rss version="2.0" ${attributes}><channel><title>Harbour</title>${inner}</channel></rss>`;
}

export const item = (inner: string) => `<item>${inner}</item>`;
