import type { Clock } from '../base/clock.ts';
import type { Settings } from '../config/settings.ts';
import type { BucketAdmin } from './bucket-admin.ts';
import type { ObjectStore } from './object-store.ts';
import type { S3Location } from './s3-url.ts';

/**
 * An S3 store with a client of its own, the one that `store.client` names. Sends nothing yet.
 *
 * @throws BucketcastError `invalid-settings`: no region to be found, one half of a key, a bad proxy or CA file
 */
export async function openS3Store(
  location: S3Location,
  settings: Settings['store'],
  components: { readonly clock: Pick<Clock, 'now'> },
): Promise<ObjectStore & BucketAdmin> {
  // AWS's directory buckets hand out keys for sessions, which the SDK alone knows how to ask for.
  if (settings.client === 'lean' && !location.bucket.endsWith('--x-s3')) {
    const { openLeanStore } = await import('./open-lean-store.ts');
    return openLeanStore(location, settings, components);
  }
  const { openSdkStore } = await import('./open-sdk-store.ts');
  return openSdkStore(location, settings, components);
}
