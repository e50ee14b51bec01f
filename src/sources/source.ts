/**
 * What publishes by itself: a watched directory, a Redis list. Trouble that may pass is told by events, shown in its
 * snapshot, and tried again; a source never throws for it.
 */
export interface Source {
  start(): void;
  /** Takes nothing new, and resolves when nothing of it is under way any more. Idempotent. */
  stop(): Promise<void>;
  snapshot(): SourceSnapshot;
}

export interface SourceSnapshot {
  /** As its events name it: `watch /var/feeds`, `redis list new_files`. Never holds a secret. */
  readonly name: string;
  /** Known to be due, and not yet published. */
  readonly pending: number;
  /** Since the start. */
  readonly published: number;
  /** Left out since the start, for what is wrong with them. */
  readonly refused: number;
  /** Why it reads or publishes nothing just now; absent while it does. */
  readonly trouble?: unknown;
}
