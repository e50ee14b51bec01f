import { type Clock, systemClock } from '../base/clock.ts';
import type { Settings } from '../config/settings.ts';
import { DirectoryStore } from './directory-store.ts';
import type { ObjectStore } from './object-store.ts';
import { openMemoryStore } from './open-memory-store.ts';
import { parseStoreUrl } from './store-url.ts';

export interface OpenStoreOptions {
  readonly clock?: Clock;
  /** Which setting the URL is, for the message. Default: `store.url`. */
  readonly setting?: string | undefined;
}

/**
 * The bare driver that a URL or the `store` settings name; retrying, limiting and metering go around it. Opening
 * touches neither disk nor network, except for the files that the settings name.
 *
 * @throws BucketcastError `invalid-settings` naming the setting, what was given and what to do
 */
export async function openStore(
  store: Settings['store'] | string,
  { clock = systemClock, setting }: OpenStoreOptions = {},
): Promise<ObjectStore> {
  const settings = typeof store === 'string' ? await withDefaults(store) : store;
  const location = parseStoreUrl(settings.url, setting);
  if (location.driver === 'memory') return openMemoryStore(location.name, clock);
  if (location.driver === 'file') {
    return new DirectoryStore(location.directory, { clock, lockPatienceMs: settings.requestTimeoutMs });
  }
  // Only now: loading the AWS SDK costs a good part of a command's start.
  const { openS3Store } = await import('./open-s3-store.ts');
  return openS3Store(location, settings, { clock });
}

/** Worker threads have complete settings, and start faster without all that checks them. */
async function withDefaults(url: string): Promise<Settings['store']> {
  const { defaultSettings } = await import('../config/settings.ts');
  return { ...defaultSettings.store, url };
}
