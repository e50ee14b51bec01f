/**
 * What `parse: feed` makes of a document, whatever its format. Absent values are absent; dates are ISO 8601 in UTC; links
 * are absolute where there was anything to resolve them by. Texts are as the feed has them: **not sanitised**.
 */
export interface FeedContent {
  readonly feed: FeedFacts;
  /** In the order of the document; empty for a feed without entries. */
  readonly entries: readonly FeedEntry[];
}

export const feedFormats = ['rss', 'atom', 'rdf', 'json'] as const;
/** `rdf`: RSS 0.90 and 1.0; `rss`: 0.91 to 2.0. */
export type FeedFormat = (typeof feedFormats)[number];

export interface FeedFacts {
  readonly format: FeedFormat;
  readonly id?: string;
  readonly title?: string;
  /** The page that the feed is about. */
  readonly link?: string;
  /** The feed's own address, where it says so. */
  readonly feedUrl?: string;
  readonly description?: string;
  readonly language?: string;
  readonly updated?: string;
  /** Address of its picture. */
  readonly image?: string;
  readonly authors?: readonly FeedAuthor[];
  readonly categories?: readonly string[];
}

export interface FeedEntry {
  /** The feed's own id of it, else its link, else `sha256:` and 32 hex digits over title, date and text. */
  readonly id: string;
  readonly url?: string;
  readonly title?: string;
  readonly summary?: string;
  readonly content?: string;
  /** What `content` is written in. */
  readonly contentType?: 'text' | 'html';
  readonly authors?: readonly FeedAuthor[];
  readonly published?: string;
  readonly updated?: string;
  readonly categories?: readonly string[];
  readonly image?: string;
  readonly enclosures?: readonly FeedEnclosure[];
}

export interface FeedAuthor {
  readonly name?: string;
  readonly email?: string;
  readonly url?: string;
}

/** A file that belongs to an entry. */
export interface FeedEnclosure {
  readonly url: string;
  /** Media type. */
  readonly type?: string;
  /** Bytes. */
  readonly length?: number;
}
