import type { BrokenReason } from '../../metrics/feeds.ts';
import { BrokenFeed } from './broken-feed.ts';
import type { FeedContent, FeedFormat } from './feed-content.ts';
import { type PackedDocuments, unpackDocuments } from './packed-documents.ts';
import { type ParseLimits, parseFeed } from './parse-feed.ts';

/** What a thread is told once. */
export interface FeedLimits extends ParseLimits {
  /** `feeds.maxBytes`, of a document. What becomes of it may have twice as many. */
  readonly maxBytes: number;
}

/** What came of one document; a parsed one is `bytes[offsets[i] … offsets[i + 1]]` of the reply. */
export type DocumentOutcome =
  | { readonly format: FeedFormat; readonly reason?: never }
  | { readonly reason: BrokenReason; readonly message: string };

/** What a thread answers: `FeedContent` as JSON in UTF-8, in one buffer that changes hands. */
export interface ParsedDocuments {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint32Array<ArrayBuffer>;
  readonly outcomes: readonly DocumentOutcome[];
}

/** Parses documents one after the other. A broken one is part of the answer. */
export function parseDocuments(packed: PackedDocuments, limits: FeedLimits): ParsedDocuments {
  const documents = unpackDocuments(packed);
  const offsets = new Uint32Array(documents.length + 1);
  const chunks: Buffer[] = [];
  const outcomes: DocumentOutcome[] = [];
  let end = 0;
  for (const [index, { content, url }] of documents.entries()) {
    try {
      const parsed = parseFeed(content, url, limits);
      const pieces = jsonPieces(parsed, 2 * limits.maxBytes);
      for (const piece of pieces) end += piece.byteLength;
      for (const piece of pieces) chunks.push(piece);
      outcomes.push({ format: parsed.feed.format });
    } catch (error) {
      if (!(error instanceof BrokenFeed)) throw error;
      outcomes.push({ reason: error.reason, message: error.message });
    }
    offsets[index + 1] = end;
  }
  const bytes = Buffer.from(new ArrayBuffer(end));
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(bytes, at);
  return { bytes, offsets, outcomes };
}

/** By entries, so that no step takes much at once, and what resolving links has blown up is noticed in time. */
function jsonPieces({ feed, entries }: FeedContent, maxBytes: number): Buffer[] {
  const pieces: Buffer[] = [];
  let length = 0;
  const add = (text: string) => {
    const piece = Buffer.from(text);
    length += piece.byteLength;
    if (length > maxBytes)
      throw new BrokenFeed('too-large', `its entries come to more than ${maxBytes} bytes`);
    pieces.push(piece);
  };
  add(`{"feed":${JSON.stringify(feed)},"entries":[`);
  for (const [index, entry] of entries.entries()) add(`${index === 0 ? '' : ','}${JSON.stringify(entry)}`);
  add(']}');
  return pieces;
}
