import type { ParsedDocuments } from '../feeds/parse-documents.ts';

/** What a feed thread answers. */
export interface FeedReply extends ParsedDocuments {
  /** Time that parsing took. */
  readonly seconds: number;
}
