import { type LaneId, laneKey } from '../log/keys.ts';
import { snapshotName } from '../log/snapshot-keys.ts';
import {
  type FoundSnapshot,
  isBadSnapshot,
  listSnapshots,
  readManifest,
  type SnapshotReading,
} from './find-snapshots.ts';

/** What one look at the bucket found. `time` is the store's, ms since the epoch. */
export interface SnapshotsSeen {
  /** Newest first. */
  readonly complete: readonly FoundSnapshot[];
  /** The highest number that any has, also an unfinished one; 0 without any. */
  readonly rev: number;
  /** Whether any newer than the newest complete one is bad. */
  readonly isNewestBad: boolean;
  readonly time: number;
}

/** The complete snapshots, looked at again and again: a LIST, and a GET for each manifest that was not read yet. */
export class KnownSnapshots {
  readonly #reading: SnapshotReading;
  /** By name; `bad` was told. */
  readonly #known = new Map<string, FoundSnapshot | 'bad'>();
  #last: SnapshotsSeen | undefined;

  constructor(reading: SnapshotReading) {
    this.#reading = reading;
  }

  /** What the last look found. */
  get last(): SnapshotsSeen | undefined {
    return this.#last;
  }

  /** Throws when the store does not answer. */
  async look(): Promise<SnapshotsSeen> {
    const { snapshots, time } = await listSnapshots(this.#reading);
    const names = new Set(snapshots.map(snapshotName));
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    const complete: FoundSnapshot[] = [];
    let isNewestBad = false;
    for (const snapshot of snapshots) {
      const name = snapshotName(snapshot);
      const found = this.#known.get(name) ?? (await this.#read(snapshot));
      if (found !== undefined) this.#known.set(name, found);
      if (found === 'bad') isNewestBad ||= complete.length === 0;
      else if (found !== undefined) complete.push(found);
    }
    this.#last = { complete, rev: snapshots[0]?.rev ?? 0, isNewestBad, time };
    return this.#last;
  }

  /** One that this node has written. */
  wrote(found: FoundSnapshot): void {
    this.#known.set(snapshotName(found.snapshot), found);
    const { complete = [], ...rest } = this.#last ?? { time: found.manifest.writtenAt };
    this.#last = { ...rest, complete: [found, ...complete], rev: found.snapshot.rev, isNewestBad: false };
  }

  async #read(snapshot: FoundSnapshot['snapshot']): Promise<FoundSnapshot | 'bad' | undefined> {
    try {
      const manifest = await readManifest(snapshot, this.#reading);
      return manifest && { snapshot, manifest };
    } catch (error) {
      if (!isBadSnapshot(error)) throw error;
      this.#reading.events.emit('snapshot-bad', { snapshot: snapshotName(snapshot), error });
      return 'bad';
    }
  }
}

/**
 * How far a lane may be trimmed: below what every complete snapshot has behind it, for a reader may have to take the one before the
 * newest. A lane that one of them lacks, and every lane while there is none, stays whole.
 */
export function trimFloor(complete: readonly FoundSnapshot[]): (lane: LaneId) => number {
  const vectors = complete.map(
    ({ manifest }) => new Map(manifest.vector.map((place) => [laneKey(place), place.sequence])),
  );
  return (lane) => {
    const key = laneKey(lane);
    return vectors.length === 0 ? 0 : Math.min(...vectors.map((vector) => vector.get(key) ?? 0));
  };
}
