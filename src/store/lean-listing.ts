import { etagAt, keyAt, sizeAt, textAt, timeAt } from './lean-values.ts';
import { TagWalker } from './lean-xml.ts';

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
}

/** A page of ListObjectsV2, keys without the store's prefix. */
export interface Listing {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  readonly IsTruncated: boolean;
  readonly NextContinuationToken?: string;
}

const name = {
  listing: Buffer.from('ListBucketResult'),
  contents: Buffer.from('Contents'),
  commonPrefixes: Buffer.from('CommonPrefixes'),
  isTruncated: Buffer.from('IsTruncated'),
  next: Buffer.from('NextContinuationToken'),
  key: Buffer.from('Key'),
  size: Buffer.from('Size'),
  etag: Buffer.from('ETag'),
  lastModified: Buffer.from('LastModified'),
  prefix: Buffer.from('Prefix'),
};

/**
 * Reads a page. Elements may come in any order, and unknown ones are passed over. The document has to be complete and a
 * ListBucketResult: an empty page must never be what a proxy's HTML or a broken connection looks like.
 *
 * @param prefixLength characters of each key that are the store's own prefix
 * @throws Error saying what is wrong
 */
export function parseListing(body: Uint8Array, prefixLength = 0): Listing {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const tags = new TagWalker(bytes);
  const objects: ListedObject[] = [];
  const prefixes: string[] = [];
  let isTruncated = false;
  let token: string | undefined;
  if (tags.next() === 'close' || !tags.is(name.listing)) throw new Error('it is not a ListBucketResult');
  if (tags.kind === 'open') {
    while (tags.next() !== 'close') {
      if (tags.is(name.contents)) objects.push(readObject(tags, prefixLength));
      else if (tags.is(name.commonPrefixes)) readPrefixes(tags, prefixLength, prefixes);
      else if (tags.is(name.isTruncated))
        isTruncated = textAt(bytes, tags.end, tags.skip()).trim() === 'true';
      else if (tags.is(name.next)) token = textAt(bytes, tags.end, tags.skip());
      else tags.skip();
    }
    if (!tags.is(name.listing)) throw new Error('<ListBucketResult> is not closed');
  }
  if (bytes.toString('utf8', tags.end).trim() !== '')
    throw new Error('something follows the ListBucketResult');
  return {
    objects,
    prefixes,
    IsTruncated: isTruncated,
    ...(token !== undefined && { NextContinuationToken: token }),
  };
}

function readObject(tags: TagWalker, prefixLength: number): ListedObject {
  const { bytes } = tags;
  let key = '';
  let size = 0;
  let etag = '';
  let lastModified = 0;
  if (tags.kind === 'open') {
    while (tags.next() !== 'close') {
      const from = tags.end;
      if (tags.is(name.key)) key = keyAt(bytes, from, tags.skip());
      else if (tags.is(name.size)) size = sizeAt(bytes, from, tags.skip());
      else if (tags.is(name.etag)) etag = etagAt(bytes, from, tags.skip());
      else if (tags.is(name.lastModified)) lastModified = timeAt(bytes, from, tags.skip());
      else tags.skip();
    }
    if (!tags.is(name.contents)) throw new Error('<Contents> is not closed');
  }
  if (key === '') throw new Error('an entry has no key');
  return { key: prefixLength === 0 ? key : key.slice(prefixLength), size, etag, lastModified };
}

function readPrefixes(tags: TagWalker, prefixLength: number, prefixes: string[]): void {
  if (tags.kind === 'empty') return;
  while (tags.next() !== 'close') {
    const from = tags.end;
    if (tags.is(name.prefix)) prefixes.push(keyAt(tags.bytes, from, tags.skip()).slice(prefixLength));
    else tags.skip();
  }
  if (!tags.is(name.commonPrefixes)) throw new Error('<CommonPrefixes> is not closed');
}
