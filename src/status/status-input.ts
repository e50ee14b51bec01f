import type { HistorySnapshot } from './node-history.ts';
import type { NodeSnapshot } from './node-snapshot.ts';

/** What a status is made of: a node's snapshot, and what only some nodes have. */
export interface StatusInput extends NodeSnapshot {
  readonly spool?: SpoolInput;
  readonly requests?: RequestsInput;
  readonly deadLetters?: DeadLettersInput;
  readonly http?: { readonly url: string };
  readonly history?: HistorySnapshot;
}

export interface SpoolInput {
  readonly enabled: boolean;
  readonly updates: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly oldestAgoMs?: number | undefined;
  readonly draining: boolean;
  readonly trouble?: unknown;
  readonly refused: number;
}

/** Since the start; each try counts. */
export interface RequestsInput {
  readonly byOperation: Readonly<Record<string, number>>;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly dollars: number;
  /** The price list, `none` where nothing is known. */
  readonly prices: string;
}

export interface DeadLettersInput {
  readonly count: number;
  /** Ms since the epoch. */
  readonly oldestAt?: number | undefined;
  readonly byReason: Readonly<Record<string, number>>;
  readonly bySubscription?: Readonly<Record<string, number>>;
}
