import { BucketcastError } from '../base/errors.ts';
import { withoutSecrets } from '../base/url-error.ts';

/** What to say when neither the URL nor the AWS environment names a region. */
export function regionMissing(url: string, cause: unknown): BucketcastError {
  return new BucketcastError(
    'invalid-settings',
    `store.url: expected a region in ${JSON.stringify(withoutSecrets(url))}`,
    {
      cause,
      hint: 'Add `region=…` to the URL, set AWS_REGION, or give the profile a region.',
    },
  );
}
