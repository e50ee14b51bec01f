import type { Update } from '../base/update.ts';
import { isNewer } from '../log/newest-rule.ts';

/** Of each URL the newest update; the others need not be written. */
export function newestByUrl(updates: readonly Update[]): Update[] {
  const newest = new Map<string, Update>();
  for (const update of updates) {
    const other = newest.get(update.url);
    if (other === undefined || !isNewer(other, update)) newest.set(update.url, update);
  }
  return [...newest.values()];
}
