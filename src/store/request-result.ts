import type { RequestResult } from '../../metrics/store-requests.ts';
import { isBucketcastError } from '../base/errors.ts';

/** How a failed request is counted. */
export function failedResult(error: unknown): RequestResult {
  if (!isBucketcastError(error)) return 'error';
  if (error.details['throttled'] === true) return 'throttled';
  switch (error.code) {
    case 'store-unavailable':
      return 'unavailable';
    case 'store-refused':
      return 'refused';
    case 'closed':
      return 'aborted';
    default:
      return 'error';
  }
}
