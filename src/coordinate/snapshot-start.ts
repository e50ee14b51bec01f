import { snapshotName } from '../log/snapshot-keys.ts';
import { completeSnapshots, type SnapshotReading } from '../snapshots/find-snapshots.ts';
import type { LanePosition } from '../state/state.ts';

/** What a new subscription begins with. */
export interface Start {
  readonly vector: readonly LanePosition[];
  /** @see SubscriptionRecord.currentAt */
  readonly currentAt: number;
  /** To be read before the log. */
  readonly snapshot?: string;
}

/** The newest complete snapshot; `undefined` without any, which is told. Throws when the store does not answer. */
export async function snapshotStart(reading: SnapshotReading, reader: string): Promise<Start | undefined> {
  for await (const { snapshot, manifest } of completeSnapshots(reading)) {
    const { vector, currentAt, parts } = manifest;
    return { vector, currentAt, ...(parts.length > 0 && { snapshot: snapshotName(snapshot) }) };
  }
  reading.events.emit('snapshot-none', { reader });
  return undefined;
}
