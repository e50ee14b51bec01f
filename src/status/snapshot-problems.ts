import { timeText } from './amounts.ts';
import { type ProblemRule, when } from './problem-rule.ts';
import type { SnapshotsStatus } from './snapshots-status.ts';

/** Intervals without a snapshot that nobody need be told of. */
const patientIntervals = 3;

export const snapshotProblems: readonly ProblemRule[] = [
  {
    name: 'snapshots-overdue',
    meaning:
      'No node has written a snapshot for three times `snapshots.intervalMs`. A new server has to read the log from further back, and where `snapshots.holdRetention` is set the bucket grows.',
    advice:
      'See the reason below `snapshots` in the status of each node that may write: an index that is behind catches up by itself; a store that refuses needs s3:PutObject and s3:DeleteObject on v1/snapshots/*.',
    find: ({ snapshots }) =>
      when(isOverdue(snapshots), 'warning', () => {
        const { overdueMs = 0, error = null, lastOutcome = null } = snapshots ?? {};
        return `no new snapshot for ${timeText(overdueMs)}: ${error ?? reasons[lastOutcome ?? 'fresh']}`;
      }),
  },
  {
    name: 'snapshot-bad',
    meaning:
      'The newest snapshot does not verify, or this node lacks the key that it is sealed with. New servers take the one before.',
    advice:
      'Compare `encryption.keys` with those of the server that wrote it. If they are the same, somebody else has written to the bucket; the next snapshot replaces it.',
    find: ({ snapshots }) =>
      when(
        snapshots?.isNewestBad === true,
        'warning',
        () => 'the newest snapshot in the bucket cannot be read',
      ),
  },
];

const reasons = {
  written: 'one has just been written',
  fresh: 'nobody has looked yet',
  behind: 'the index of this node is behind',
  claimed: 'another node holds the claim `~snapshot`, and has not finished',
} as const;

function isOverdue(snapshots: SnapshotsStatus | null): boolean {
  return snapshots !== null && snapshots.overdueMs > patientIntervals * snapshots.intervalMs;
}
