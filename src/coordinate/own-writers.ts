import { parseWriter } from '../log/keys.ts';
import type { State } from '../state/state.ts';

/**
 * Whether a writer was ever recorded in this state directory: its updates are our own. A writer records itself
 * before its first PUT, so what is seen in the bucket is decided for good, and remembered.
 */
export function ownWriters(state: Pick<State, 'hostId' | 'isOwnWriter'>): (writer: string) => boolean {
  const decided = new Map<string, boolean>();
  return (writer) => {
    if (parseWriter(writer)?.hostId !== state.hostId) return false;
    const known = decided.get(writer);
    if (known !== undefined) return known;
    const own = state.isOwnWriter(writer);
    decided.set(writer, own);
    return own;
  };
}
