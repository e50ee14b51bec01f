import { BucketcastError } from '../base/errors.ts';
import { withoutSecrets } from '../base/url-error.ts';
import type { Settings } from '../config/settings.ts';

/** Settings of the store that the objects layout lies in: `objects.url`, else the bucket of the log without its prefix. */
export function objectsStoreSettings({
  store,
  objects,
}: Pick<Settings, 'store' | 'objects'>): Settings['store'] {
  return { ...store, url: objects.url ?? withoutPrefix(store.url) };
}

/**
 * Throws `invalid-settings` where the log would lie among the objects: who reads or cleans those up by their prefix, as
 * older fleets do, would meet segments. Two URLs of one bucket are not seen through.
 */
export function checkLogIsApart({ store, objects }: Pick<Settings, 'store' | 'objects'>): void {
  const [, path] = /^s3:\/\/[^/?#]*\/([^?#]*)/i.exec(store.url) ?? [];
  if (objects.url !== undefined || !`${path ?? ''}/`.startsWith(objects.prefix)) return;
  throw new BucketcastError(
    'invalid-settings',
    `store.url: expected a prefix outside of objects.prefix (${objects.prefix}), got ${withoutSecrets(store.url)}`,
    { hint: 'Give the log a prefix of its own, as `s3://bucket/bucketcast`.' },
  );
}

function withoutPrefix(url: string): string {
  return url.replace(/^(s3:\/\/[^/?#]*)\/[^?#]*/i, '$1');
}
