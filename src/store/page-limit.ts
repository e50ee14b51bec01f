import { BucketcastError } from '../base/errors.ts';

/** Most entries of one page (ListObjectsV2, `max-keys`), and the default. */
const MAX_PAGE = 1000;

/** @throws BucketcastError `store-refused` unless it is a whole number from 1 to 1,000 */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return MAX_PAGE;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new BucketcastError(
    'store-refused',
    `limit: expected a whole number from 1 to ${MAX_PAGE}, got ${limit}`,
    {
      details: { status: 400, s3Code: 'InvalidArgument', operation: 'list' },
    },
  );
}
