import type { Clock } from '../base/clock.ts';
import { withoutSecrets } from '../base/url-error.ts';
import type { Settings } from '../config/settings.ts';
import { createClient } from './s3-client.ts';
import { regionMissing } from './s3-region.ts';
import { S3Store } from './s3-store.ts';
import type { S3Location } from './s3-url.ts';

/**
 * An S3 store with a client of the SDK's. Sends nothing yet.
 *
 * @throws BucketcastError `invalid-settings`: no region to be found, one half of a key, a bad proxy or CA file
 */
export async function openSdkStore(
  location: S3Location,
  settings: Settings['store'],
  { clock }: { readonly clock: Pick<Clock, 'now'> },
): Promise<S3Store> {
  const { client, destroy } = createClient(location, settings);
  try {
    await client.config.region();
  } catch (cause) {
    destroy();
    throw regionMissing(settings.url, cause);
  }
  const { bucket, prefix } = location;
  return new S3Store(client, { description: withoutSecrets(settings.url), bucket, prefix, clock }, destroy);
}
