import type { ListOptions, ListPage, ObjectInfo, ObjectStore } from './object-store.ts';

/** Every page of a listing, one after the other. */
export async function* listPages(
  store: Pick<ObjectStore, 'list'>,
  prefix: string,
  options: Omit<ListOptions, 'continuation'> = {},
): AsyncGenerator<ListPage> {
  let continuation: string | undefined;
  do {
    const page = await store.list(
      prefix,
      continuation === undefined ? options : { ...options, continuation },
    );
    yield page;
    continuation = page.next;
  } while (continuation !== undefined);
}

/** Every object below a prefix, in key order. */
export async function* listAll(
  store: Pick<ObjectStore, 'list'>,
  prefix: string,
  options: Omit<ListOptions, 'continuation' | 'delimiter'> = {},
): AsyncGenerator<ObjectInfo> {
  for await (const page of listPages(store, prefix, options)) yield* page.objects;
}
