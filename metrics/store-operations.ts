/** What a node can ask of a store. */
export const storeOperations = ['get', 'head', 'put', 'list', 'delete', 'delete_many'] as const;
export type StoreOperation = (typeof storeOperations)[number];
