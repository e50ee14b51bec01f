import type { Settings } from '../config/settings.ts';

/** Settings of the store that the objects layout lies in: `objects.url`, else the bucket of the log without its prefix. */
export function objectsStoreSettings({
  store,
  objects,
}: Pick<Settings, 'store' | 'objects'>): Settings['store'] {
  return { ...store, url: objects.url ?? withoutPrefix(store.url) };
}

function withoutPrefix(url: string): string {
  return url.replace(/^(s3:\/\/[^/?#]*)\/[^?#]*/i, '$1');
}
