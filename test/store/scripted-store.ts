import type { ObjectStore } from '../../src/store/object-store.ts';

/** One call that reached the store. */
export interface StoreCall {
  readonly operation: Exclude<keyof ObjectStore, 'description' | 'close'>;
  readonly key: string;
  readonly signal: AbortSignal | undefined;
}

/** A store that answers every call as `answer` says: with its value, or by what it throws. */
export function scriptedStore(
  answer: (call: StoreCall) => unknown,
): ObjectStore & { readonly calls: StoreCall[] } {
  const calls: StoreCall[] = [];
  const reply = async (
    operation: StoreCall['operation'],
    key: string,
    options?: { signal?: AbortSignal | undefined },
  ) => {
    const call = { operation, key, signal: options?.signal };
    calls.push(call);
    return (await answer(call)) as never;
  };
  return {
    calls,
    description: 'scripted',
    get: (key, options) => reply('get', key, options),
    head: (key, options) => reply('head', key, options),
    put: (key, _body, options) => reply('put', key, options),
    list: (prefix, options) => reply('list', prefix, options),
    delete: (key, options) => reply('delete', key, options),
    deleteMany: (keys, options) => reply('deleteMany', keys.join(), options),
    close: async () => {},
  };
}
