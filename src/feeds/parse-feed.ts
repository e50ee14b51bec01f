import { detectJsonFeed } from 'feedsmith';
import { parseJsonText } from '../log/json-text.ts';
import { atomFeed } from './atom-feed.ts';
import { BrokenFeed } from './broken-feed.ts';
import { documentText } from './document-text.ts';
import type { FeedContent } from './feed-content.ts';
import { jsonFeed } from './json-feed.ts';
import { checkJsonNeed, checkXmlNeed } from './memory-need.ts';
import { rdfFeed } from './rdf-feed.ts';
import { rssFeed } from './rss-feed.ts';
import { outlineXml } from './xml-outline.ts';

const xmlFeeds = new Map([
  ['rss', rssFeed],
  ['feed', atomFeed],
  ['rdf', rdfFeed],
]);

export interface ParseLimits {
  /** `feeds.memoryBytes` */
  readonly memoryBytes: number;
}

/**
 * A document as what it says. `url`: of its update, by which links are resolved that nothing else resolves. Throws `BrokenFeed`,
 * and nothing else for whatever a document may hold.
 */
export function parseFeed(document: string | Uint8Array, url: string, limits: ParseLimits): FeedContent {
  const decoded = typeof document === 'string' ? document : documentText(document);
  const text = decoded.replace(/^\uFEFF/, '').trim();
  if (text === '') throw new BrokenFeed('not-a-feed', 'it is empty');
  try {
    return text.startsWith('{') ? parseJson(text, url, limits) : parseXml(text, url, limits);
  } catch (error) {
    if (error instanceof BrokenFeed) throw error;
    throw new BrokenFeed('malformed', `it cannot be parsed: ${reasonOf(error)}`, error);
  }
}

function parseXml(text: string, url: string, { memoryBytes }: ParseLimits): FeedContent {
  if (!text.startsWith('<')) throw new BrokenFeed('not-a-feed', 'it is neither XML nor a JSON object');
  const outline = outlineXml(text, (root) => xmlFeeds.has(root));
  checkXmlNeed(text, outline, memoryBytes);
  const parse = xmlFeeds.get(outline.root) as typeof rssFeed;
  return parse(withoutReturns(text), url);
}

function parseJson(text: string, url: string, { memoryBytes }: ParseLimits): FeedContent {
  checkJsonNeed(text, memoryBytes);
  const value = parseJsonText(text);
  if (!detectJsonFeed(value)) throw new BrokenFeed('not-a-feed', 'it is JSON, but no JSON Feed');
  return jsonFeed(value, url);
}

/** XML knows line feeds only. By bytes: with millions of them, replacing takes more memory than the document. */
function withoutReturns(text: string): string {
  if (!text.includes('\r')) return text;
  const bytes = Buffer.from(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] !== 0x0d) bytes[length++] = bytes[at] as number;
    else if (bytes[at + 1] !== 0x0a) bytes[length++] = 0x0a;
  }
  return bytes.toString('utf8', 0, length);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.length > 200 ? `${message.slice(0, 200)}…` : message;
}
