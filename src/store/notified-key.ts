import { parseStoreUrl } from './store-url.ts';

/** Where the keys of a store lie in its bucket. */
export interface KeyPlace {
  /** `undefined`: whatever a notification says. */
  readonly bucket: string | undefined;
  /** Stands before every key. */
  readonly prefix: string;
}

/** Throws `invalid-settings`. */
export function keyPlace(url: string): KeyPlace {
  const location = parseStoreUrl(url);
  if (location.driver !== 's3') return { bucket: undefined, prefix: '' };
  return { bucket: location.bucket, prefix: location.prefix };
}

/** The key as its store knows it, of one that a notification names; `undefined` when it is of another place. */
export function notifiedKey(
  { bucket, prefix }: KeyPlace,
  named: { readonly bucket?: string; readonly key: string },
): string | undefined {
  const isOther = bucket !== undefined && named.bucket !== undefined && named.bucket !== bucket;
  return isOther || !named.key.startsWith(prefix) ? undefined : named.key.slice(prefix.length);
}
