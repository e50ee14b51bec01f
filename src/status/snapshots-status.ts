import { errorMessage } from '../base/error-message.ts';
import type { RoundOutcome, SnapshotsSnapshot } from '../jobs/snapshot-writer.ts';

/** How the snapshots of the fleet stand, as a node sees it that may write them. */
export interface SnapshotsStatus {
  readonly writes: SnapshotsSnapshot['writes'];
  /** Just now. */
  readonly isWriting: boolean;
  readonly intervalMs: number;
  readonly newest: {
    readonly name: string;
    /** Who wrote it. */
    readonly server: string;
    readonly writtenAt: string;
    /** By the store's clock. */
    readonly ageMs: number;
    readonly urls: number;
    /** As stored. */
    readonly bytes: number;
  } | null;
  readonly complete: number;
  /** Whether one that is newer than `newest` does not verify. */
  readonly isNewestBad: boolean;
  /** For so long there has been none that is young enough; 0 while there is. */
  readonly overdueMs: number;
  /** What the last look came to. */
  readonly lastOutcome: RoundOutcome | null;
  /** Looks that failed, in a row, and how the last did. */
  readonly failures: number;
  readonly error: string | null;
}

export function snapshotsStatus({ newest, lastOutcome, error, ...rest }: SnapshotsSnapshot): SnapshotsStatus {
  return {
    ...rest,
    newest: newest === undefined ? null : { ...newest, writtenAt: new Date(newest.writtenAt).toISOString() },
    lastOutcome: lastOutcome ?? null,
    error: error === undefined ? null : errorMessage(error),
  };
}
