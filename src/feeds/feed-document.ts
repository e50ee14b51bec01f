import { detectJsonFeed } from 'feedsmith';
import type { Update } from '../base/update.ts';
import { BrokenFeed } from './broken-feed.ts';

/** A document on its way to a thread. Bytes are still to be decoded; text is decoded, whatever encoding it names. */
export interface FeedDocument {
  readonly content: string | Uint8Array;
  /** Of its update. */
  readonly url: string;
}

/** What an update carries, as a document. Throws `BrokenFeed` for JSON that cannot be one, and for what is too large. */
export function feedDocument(
  { content, url }: Pick<Update, 'content' | 'url'>,
  maxBytes: number,
): FeedDocument {
  const document = { content: textOrBytes(content), url };
  const bytes = documentBytes(document);
  if (bytes > maxBytes)
    throw new BrokenFeed('too-large', `it has ${bytes} bytes, and feeds.maxBytes is ${maxBytes}`);
  return document;
}

/** Size of a document as it goes to a thread. */
export function documentBytes({ content }: FeedDocument): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
}

function textOrBytes(content: Update['content']): string | Uint8Array {
  if (typeof content === 'string' || content instanceof Uint8Array) return content;
  if (detectJsonFeed(content)) return JSON.stringify(content);
  throw new BrokenFeed('not-a-feed', 'it is JSON, but neither text nor a JSON Feed');
}
