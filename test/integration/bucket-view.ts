import { checkSettings } from '../../src/config/check-settings.ts';
import { laneLogPrefix, parseTipsKey, parseWriter, tipsPrefix } from '../../src/log/keys.ts';
import { listAll } from '../../src/store/list-all.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { StoreSettings } from './stores.ts';

/** Looks into the bucket from outside of any node. */
export async function lookInto<Result>(
  settings: StoreSettings,
  look: (store: ObjectStore) => Promise<Result>,
): Promise<Result> {
  const store = await openStore(checkSettings({ store: settings }).store);
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}

/** How many segments of a server's writers lie beyond what their tips say. */
export function unannounced(settings: StoreSettings, server: string): Promise<number> {
  return lookInto(settings, async (store) => {
    let count = 0;
    for await (const { key } of listAll(store, tipsPrefix)) {
      const entry = parseTipsKey(key);
      if (entry.type !== 'tip' || parseWriter(entry.tip.writer)?.server !== server) continue;
      const { writer, lanes } = entry.tip;
      for (const [lane, { next }] of lanes.entries()) {
        const segments = await Array.fromAsync(listAll(store, laneLogPrefix({ writer, lane })));
        count += segments.length - next;
      }
    }
    return count;
  });
}
