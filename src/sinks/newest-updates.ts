import type { Update } from '../base/update.ts';

export interface Stamp {
  readonly hlc: string;
  readonly writer: string;
}

/** By time, then writer: the same answer on every node. A stamp that is not known yet is older than any. */
export function isNewer(a: Stamp, b: Stamp): boolean {
  return a.hlc === b.hlc ? a.writer > b.writer : a.hlc > b.hlc;
}

/** Of each URL the newest update; the others need not be written. */
export function newestByUrl(updates: readonly Update[]): Update[] {
  const newest = new Map<string, Update>();
  for (const update of updates) {
    const other = newest.get(update.url);
    if (other === undefined || !isNewer(other, update)) newest.set(update.url, update);
  }
  return [...newest.values()];
}
