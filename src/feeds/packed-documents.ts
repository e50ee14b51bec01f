import { documentBytes, type FeedDocument } from './feed-document.ts';

/** Documents as they go to a thread: one buffer that changes hands, and where each stands in it. */
export interface PackedDocuments {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Document `i` is `bytes[offsets[i] … offsets[i + 1]]`. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  readonly urls: readonly string[];
  /** Which of them are text, in UTF-8; the others are bytes as they came. */
  readonly texts: readonly boolean[];
}

export function packDocuments(documents: readonly FeedDocument[]): PackedDocuments {
  const offsets = new Uint32Array(documents.length + 1);
  let end = 0;
  for (const [index, document] of documents.entries()) {
    end += documentBytes(document);
    offsets[index + 1] = end;
  }
  const bytes = Buffer.from(new ArrayBuffer(end));
  for (const [index, { content }] of documents.entries()) {
    const at = offsets[index] as number;
    if (typeof content === 'string') bytes.write(content, at);
    else bytes.set(content, at);
  }
  return {
    bytes,
    offsets,
    urls: documents.map(({ url }) => url),
    texts: documents.map(({ content }) => typeof content === 'string'),
  };
}

export function unpackDocuments({ bytes, offsets, urls, texts }: PackedDocuments): FeedDocument[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return urls.map((url, index) => {
    const content = buffer.subarray(offsets[index], offsets[index + 1]);
    return { content: texts[index] ? content.toString('utf8') : content, url };
  });
}
