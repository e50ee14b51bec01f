import type { ObjectStore } from '../../src/store/object-store.ts';

export interface ContractOptions {
  /** How coarse and how far off the store's clock may be. */
  readonly clockToleranceMs: number;
}

/** Each test works below a prefix of its own, so that none sees another's objects. */
export type ContractTest = (
  title: string,
  run: (store: ObjectStore, prefix: string) => Promise<void>,
) => void;
