import { fixed, unfixed } from './keys.ts';

/**
 * A snapshot's objects. A snapshot counts only once its manifest stands, which is written last.
 *
 *   v1/snapshots/<rev>~<id>/part/<number>
 *   v1/snapshots/<rev>~<id>/manifest
 *
 * <rev>, <number>  10 digits of base 36; rev rises from snapshot to snapshot, so byte order is age
 * <id>             32 hex digits, random
 */
export const snapshotsPrefix = 'v1/snapshots/';

export interface SnapshotId {
  readonly rev: number;
  readonly id: string;
}

/** What stands under a key: a part's number, or the manifest. */
export interface SnapshotObject {
  readonly snapshot: SnapshotId;
  readonly object: 'manifest' | number;
}

const namePattern = /^([0-9a-z]{10})~([0-9a-f]{32})$/;

/** `<rev>~<id>`: what it is called in state, events and listings. */
export function snapshotName({ rev, id }: SnapshotId): string {
  return `${fixed(rev)}~${id}`;
}

export function parseSnapshotName(name: string): SnapshotId | undefined {
  const match = namePattern.exec(name);
  const rev = unfixed(match?.[1]);
  return match === null || rev === undefined ? undefined : { rev, id: match[2] as string };
}

function snapshotPrefix(snapshot: SnapshotId): string {
  return `${snapshotsPrefix}${snapshotName(snapshot)}/`;
}

export function manifestKey(snapshot: SnapshotId): string {
  return `${snapshotPrefix(snapshot)}manifest`;
}

export function partKey(snapshot: SnapshotId, number: number): string {
  return `${snapshotPrefix(snapshot)}part/${fixed(number)}`;
}

export function parseSnapshotKey(key: string): SnapshotObject | undefined {
  if (!key.startsWith(snapshotsPrefix)) return undefined;
  const [name = '', kind, number, ...rest] = key.slice(snapshotsPrefix.length).split('/');
  const snapshot = parseSnapshotName(name);
  if (snapshot === undefined || rest.length > 0) return undefined;
  if (kind === 'manifest' && number === undefined) return { snapshot, object: 'manifest' };
  const part = unfixed(number);
  return kind === 'part' && part !== undefined ? { snapshot, object: part } : undefined;
}
