import { BucketcastError } from '../../src/base/errors.ts';
import { HOUR, MINUTE } from '../../src/config/units.ts';
import type { SnapshotsSnapshot } from '../../src/jobs/snapshot-writer.ts';
import type { ProblemCase } from './flow-problem-cases.ts';

const refused = new BucketcastError('store-refused', 'AccessDenied');
const snapshots = (given: Partial<SnapshotsSnapshot>) => ({
  snapshots: {
    writes: 'claim' as const,
    isWriting: false,
    intervalMs: HOUR,
    complete: 1,
    isNewestBad: false,
    overdueMs: 0,
    failures: 0,
    ...given,
  },
});

/** Of the snapshots that a node is to write. */
export const snapshotProblemCases: readonly ProblemCase[] = [
  [
    'snapshots-overdue',
    'warning',
    /no new snapshot for 3 h 1 min: AccessDenied/,
    snapshots({ overdueMs: 3 * HOUR + MINUTE, failures: 2, error: refused }),
  ],
  [
    'snapshots-overdue',
    'warning',
    /no new snapshot for 4 h: the index of this node is behind/,
    snapshots({ overdueMs: 4 * HOUR, lastOutcome: 'behind' }),
  ],
  [
    'snapshot-bad',
    'warning',
    /the newest snapshot in the bucket cannot be read/,
    snapshots({ isNewestBad: true }),
  ],
];
