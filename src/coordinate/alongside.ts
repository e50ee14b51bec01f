import type { Advance } from '../state/state.ts';

/** What goes into the transactions that move a subscription's position, besides what moves it. */
export interface Alongside {
  /** Everything gathered of what was handed over so far. */
  readonly pending: () => Pick<Advance, 'newest'>;
  /** `pending` has been committed, and with it the position that stands behind all of it at the most. */
  readonly committed: () => void;
}

/** Commits the change with what goes alongside. When that throws nothing is committed, and all of it stays pending. */
export function commitAlongside<Change extends Pick<Advance, 'newest'>, Result>(
  change: Change,
  alongside: Alongside | undefined,
  commit: (change: Change) => Result,
): Result {
  if (alongside === undefined) return commit(change);
  const result = commit({ ...change, ...alongside.pending() });
  alongside.committed();
  return result;
}
