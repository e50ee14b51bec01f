import { readRecord } from '../../src/log/record.ts';
import type { Advance, State } from '../../src/state/state.ts';
import type { LedgerEntry, Lost } from './entries.ts';

export interface Recorder {
  readonly server: string;
  readonly write: (entry: LedgerEntry) => void;
  /** Called with every loss as it is committed. */
  readonly onLost?: (lost: Lost) => void;
}

/** Names a server's subscription in the ledger. */
export function readerName(server: string, subscription: string): string {
  return `${server}/${subscription}`;
}

/** Makes a state write down what it commits: start vectors, positions, reported losses. Changes it in place. */
export function recordingState<S extends State>(state: S, { server, write, onLost }: Recorder): S {
  const createSubscription = state.createSubscription.bind(state);
  const advance = state.advance.bind(state);
  state.createSubscription = (name, from, start, currentAt, snapshot) => {
    createSubscription(name, from, start, currentAt, snapshot);
    write({ type: 'subscribed', reader: readerName(server, name), server, start: [...start] });
  };
  const endRecovery = state.endRecovery.bind(state);
  state.endRecovery = (name, ended) => {
    const snapshot = state.snapshotPlace(name)?.snapshot;
    const ranges = state.recoveries(name);
    endRecovery(name, ended);
    if (snapshot === undefined) return;
    for (const { letter, writer, lane, from, to } of ranges) {
      if (ended.every((one) => one.letter !== letter)) continue;
      write({ type: 'filled', reader: readerName(server, name), writer, lane, from, to, snapshot });
    }
  };
  state.advance = (name: string, change: Advance) => {
    const kept = advance(name, change);
    const reader = readerName(server, name);
    for (const letter of change.deadLetters ?? []) {
      const { writer, lane, sequence: from, endSequence: to, reason } = letter;
      if (reason === 'poison') {
        const place = { writer, lane, sequence: from, index: letter.index ?? 0 };
        const { data } = readRecord(letter.bytes as Uint8Array, place);
        write({ type: 'dead', reader, token: (data as { token: string }).token });
        continue;
      }
      const lost = { type: 'lost', reader, writer, lane, from, to, reason } as const;
      write(lost);
      onLost?.(lost);
    }
    for (const { writer, lane, sequence, index } of change.positions ?? []) {
      write({ type: 'acknowledged', reader, writer, lane, sequence, index });
    }
    return kept;
  };
  return state;
}
