import { resolve } from 'node:path';
import { parseStoreUrl } from './store-url.ts';

/**
 * What tells the place that a store's URL names from any other, whatever else the URL says: no secrets, and no settings of
 * the connection: the same bucket may be reached by another endpoint tomorrow, and must not be taken for another then.
 *
 * @param path the setting's name, for the message
 * @throws BucketcastError `invalid-settings`
 */
export function storePlace(url: string, path?: string): string {
  const location = parseStoreUrl(url, path);
  switch (location.driver) {
    case 'memory':
      return `memory:${location.name}`;
    case 'file':
      return `file:${resolve(location.directory)}`;
    case 's3':
      return `s3:${location.bucket}/${location.prefix}`;
  }
}
