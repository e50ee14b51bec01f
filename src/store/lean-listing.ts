import { decodeEntities, TagWalker } from './lean-xml.ts';
import { bareEtag, decodeListed } from './s3-keys.ts';

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
}

/** A page of ListObjectsV2, keys as the store has them: with its prefix. */
export interface Listing {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  readonly IsTruncated: boolean;
  readonly NextContinuationToken?: string;
}

/**
 * Reads a page. Elements may come in any order, and unknown ones are passed over. The document has to be complete and a
 * ListBucketResult: an empty page must never be what a proxy's HTML or a broken connection looks like.
 *
 * @throws Error saying what is wrong
 */
export function parseListing(body: Uint8Array): Listing {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // One character a byte, so that places in the text are places in the bytes.
  const tags = new TagWalker(bytes.toString('latin1'));
  const objects: ListedObject[] = [];
  const prefixes: string[] = [];
  let isTruncated = false;
  let token: string | undefined;
  if (tags.next() === 'close' || !tags.is('ListBucketResult'))
    throw new Error('it is not a ListBucketResult');
  if (tags.kind === 'open') {
    while (tags.next() !== 'close') {
      if (tags.is('Contents')) objects.push(readObject(tags, bytes));
      else if (tags.is('CommonPrefixes')) prefixes.push(...readPrefixes(tags, bytes));
      else if (tags.is('IsTruncated')) isTruncated = textOf(tags, bytes).trim() === 'true';
      else if (tags.is('NextContinuationToken')) token = textOf(tags, bytes);
      else tags.skip();
    }
    if (!tags.is('ListBucketResult')) throw new Error('<ListBucketResult> is not closed');
  }
  if (tags.text.slice(tags.end).trim() !== '') throw new Error('something follows the ListBucketResult');
  return {
    objects,
    prefixes,
    IsTruncated: isTruncated,
    ...(token !== undefined && { NextContinuationToken: token }),
  };
}

function readObject(tags: TagWalker, bytes: Buffer): ListedObject {
  let key: string | undefined;
  let size = 0;
  let etag = '';
  let lastModified = 0;
  if (tags.kind === 'open') {
    while (tags.next() !== 'close') {
      if (tags.is('Key')) key = decodeListed(textOf(tags, bytes));
      else if (tags.is('Size')) size = Number(textOf(tags, bytes));
      else if (tags.is('ETag')) etag = bareEtag(textOf(tags, bytes));
      else if (tags.is('LastModified')) lastModified = timeOf(textOf(tags, bytes));
      else tags.skip();
    }
    if (!tags.is('Contents')) throw new Error('<Contents> is not closed');
  }
  if (key === undefined || key === '') throw new Error('an entry has no key');
  if (!Number.isSafeInteger(size)) throw new Error(`the size of ${JSON.stringify(key)} is no number`);
  return { key, size, etag, lastModified };
}

function readPrefixes(tags: TagWalker, bytes: Buffer): string[] {
  const prefixes: string[] = [];
  if (tags.kind === 'empty') return prefixes;
  while (tags.next() !== 'close') {
    if (tags.is('Prefix')) prefixes.push(decodeListed(textOf(tags, bytes)));
    else tags.skip();
  }
  if (!tags.is('CommonPrefixes')) throw new Error('<CommonPrefixes> is not closed');
  return prefixes;
}

/** The text of the element whose opening tag was read, up to behind its closing one. */
function textOf(tags: TagWalker, bytes: Buffer): string {
  const from = tags.end;
  const to = tags.skip();
  if (to <= from) return '';
  // Copied out of the bytes: a slice of the text would keep the whole page in memory as long as one key of it.
  return decodeEntities(bytes.toString('utf8', from, to));
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  return Number.isNaN(time) ? 0 : time;
}
