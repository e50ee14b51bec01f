import { BucketcastError } from '../base/errors.ts';

interface ListAnswer {
  readonly IsTruncated?: boolean | undefined;
  readonly NextContinuationToken?: string | undefined;
}

/**
 * Where a listing goes on; `undefined` at its end. A page that is not the last, and does not say how to go on, is of a
 * server that knows the older kind of listing only: taken for the last, it would hide everything behind it.
 */
export function continuationOf({ IsTruncated, NextContinuationToken }: ListAnswer): string | undefined {
  if (!IsTruncated) return undefined;
  if (NextContinuationToken !== undefined) return NextContinuationToken;
  throw new BucketcastError(
    'store-refused',
    'a page of a listing is not the last and does not say how to go on',
    {
      hint: 'The store has to answer ListObjectsV2.',
    },
  );
}
