import type { Random } from '../base/random.ts';
import { MiB } from '../config/units.ts';
import { corruptError } from './corrupt.ts';
import type { RecordPlace } from './delivered-update.ts';
import { isServerName, maxNumber, parseWriter } from './keys.ts';
import { closeEnvelope, envelopeBytes, openEnvelope } from './snapshot-envelope.ts';
import { manifestKey, type SnapshotId } from './snapshot-keys.ts';
import { maxPartBytes } from './snapshot-part.ts';
import type { Fleet } from './tip-mac.ts';

/**
 * What makes a snapshot of its parts. Written last, so a snapshot with a manifest is complete. JSON inside the envelope:
 *
 *   {"server":…,"hostId":…,"writtenAt":ms,"currentAt":ms,"parts":[[urls,storedBytes,plainBytes,"<SHA-256>"],…],
 *    "vector":[["<writer>",lane,sequence,index],…]}
 */
export interface SnapshotManifest {
  /** Who wrote it. */
  readonly server: string;
  readonly hostId: string;
  /** Store time when it was begun, ms since the epoch. */
  readonly writtenAt: number;
  /** Store time of the last poll that the vector is complete for, as `currentAt` of a subscription. */
  readonly currentAt: number;
  /** Index = number of the part. */
  readonly parts: readonly SnapshotPart[];
  /** The next update of each lane that is not in it. */
  readonly vector: readonly RecordPlace[];
}

export interface SnapshotPart {
  readonly urls: number;
  readonly storedBytes: number;
  readonly plainBytes: number;
  /** SHA-256 of the part as stored, 64 hex digits. */
  readonly digest: string;
}

export interface ManifestTarget {
  readonly snapshot: SnapshotId;
  readonly fleet: Fleet;
}

/** As opened; some 300,000 lanes. */
export const maxManifestBytes = 32 * MiB;

export function encodeManifest(
  manifest: SnapshotManifest,
  target: ManifestTarget,
  random: Pick<Random, 'bytes'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { parts, vector, ...rest } = manifest;
  const written = {
    ...rest,
    parts: parts.map(({ urls, storedBytes, plainBytes, digest }) => [urls, storedBytes, plainBytes, digest]),
    vector: vector.map(({ writer, lane, sequence, index }) => [writer, lane, sequence, index]),
  };
  const plain = Buffer.from(JSON.stringify(written));
  if (plain.length > maxManifestBytes)
    throw new RangeError(`a manifest of ${plain.length} bytes is more than ${maxManifestBytes}`);
  return closeEnvelope(plain, envelopeOf(target), random);
}

/** Throws `corrupt`, `unknown-key`, `newer-format`. */
export function decodeManifest(stored: Uint8Array, target: ManifestTarget): SnapshotManifest {
  const envelope = envelopeOf(target);
  const { key } = envelope;
  const plain = openEnvelope(stored, envelope, maxManifestBytes);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(plain).toString());
  } catch (error) {
    throw corruptError(key, 'the manifest is not JSON', error);
  }
  const { server, hostId, writtenAt, currentAt, parts, vector } = (value ?? {}) as Record<string, unknown>;
  const isSound =
    typeof server === 'string' &&
    isServerName(server) &&
    typeof hostId === 'string' &&
    /^[0-9a-f]{16}$/.test(hostId) &&
    isNumber(writtenAt) &&
    isNumber(currentAt) &&
    Array.isArray(parts) &&
    parts.every(isPart) &&
    Array.isArray(vector) &&
    vector.every(isPlace);
  if (!isSound) throw corruptError(key, 'the manifest is malformed');
  return {
    server,
    hostId,
    writtenAt,
    currentAt,
    parts: parts.map(([urls, storedBytes, plainBytes, digest]: WrittenPart) => ({
      urls,
      storedBytes,
      plainBytes,
      digest,
    })),
    vector: vector.map(([writer, lane, sequence, index]: WrittenPlace) => ({
      writer,
      lane,
      sequence,
      index,
    })),
  };
}

type WrittenPart = readonly [number, number, number, string];
type WrittenPlace = readonly [string, number, number, number];

function envelopeOf({ snapshot, fleet }: ManifestTarget) {
  return { kind: 'manifest', key: manifestKey(snapshot), id: snapshot.id, fleet } as const;
}

function isPart(part: unknown): boolean {
  if (!Array.isArray(part) || part.length !== 4) return false;
  const [urls, stored, plain, digest] = part as unknown[];
  if (!isNumber(urls) || !isNumber(stored) || !isNumber(plain)) return false;
  const isBounded = plain <= maxPartBytes && stored <= maxPartBytes + envelopeBytes;
  return isBounded && typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest);
}

function isPlace(place: unknown): boolean {
  if (!Array.isArray(place) || place.length !== 4) return false;
  const [writer, lane, sequence, index] = place as unknown[];
  if (typeof writer !== 'string' || parseWriter(writer) === undefined) return false;
  return isNumber(lane) && lane < 16 && isNumber(sequence) && isNumber(index);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= maxNumber;
}
