import { BucketcastError } from '../base/errors.ts';

/**
 * Where a page of the memory and directory drivers ended: behind a key, or behind everything that was rolled up
 * into a common prefix. Kept in the token itself, so that no driver remembers listings.
 */
export type PageEnd = { readonly kind: 'key' | 'prefix'; readonly text: string };

export function formatContinuation(end: PageEnd): string {
  return `${end.kind === 'key' ? 'k' : 'p'}${Buffer.from(end.text).toString('base64url')}`;
}

/** @throws BucketcastError `store-refused` for a token that no page of these drivers ends with */
export function parseContinuation(token: string): PageEnd {
  const match = /^([kp])([A-Za-z0-9_-]*)$/.exec(token);
  if (match === null) {
    throw new BucketcastError('store-refused', 'not a continuation token of this store', {
      details: { status: 400, s3Code: 'InvalidArgument', operation: 'list' },
    });
  }
  const text = Buffer.from(match[2] as string, 'base64url').toString();
  return { kind: match[1] === 'k' ? 'key' : 'prefix', text };
}
