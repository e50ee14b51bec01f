import type { ObjectsPage } from '../../src/log/object-reader.ts';
import { type ListerParts, ObjectsLister } from '../../src/objects/lister.ts';
import { DirectObjectReader } from '../../src/pool/direct-object-reader.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ListOptions } from '../../src/store/object-store.ts';
import { prefix } from './key-sets.ts';

/** Counts LISTs, and those for folders apart. */
class CountingStore extends MemoryStore {
  pages = 0;
  folderPages = 0;

  override list(prefixOfKeys: string, options: ListOptions = {}) {
    if (options.delimiter === undefined) this.pages += 1;
    else this.folderPages += 1;
    return super.list(prefixOfKeys, options);
  }
}

/** A lister over a bucket in memory, which counts. */
export function listerRig(options: Partial<ListerParts> = {}) {
  const store = new CountingStore();
  const reader = new DirectObjectReader({ store, prefix, maxBytes: 1000 });
  const lister = new ObjectsLister({ reader, store, prefix, shardPages: 2, atOnce: 4, ...options });
  const put = async (keys: readonly string[]) => {
    for (const key of keys) await store.put(key, new Uint8Array());
  };
  /** One listing: what it handed over, the most pages in hand at once, and what it cost. */
  const list = async (onPage: (page: ObjectsPage) => void | Promise<void> = () => {}) => {
    const [pages, folderPages] = [store.pages, store.folderPages];
    const keys: string[] = [];
    let most = 0;
    let atOnce = 0;
    const listed = await lister.list(async (page) => {
      keys.push(...page.keys);
      atOnce += 1;
      most = Math.max(most, atOnce);
      await onPage(page);
      atOnce -= 1;
    });
    return {
      most,
      ...listed,
      keys,
      lists: store.pages - pages,
      folderLists: store.folderPages - folderPages,
    };
  };
  return { store, reader, lister, put, list };
}
