import { createHash } from 'node:crypto';

/**
 * Every key in the bucket is built and parsed here. Keys are relative to the store's prefix.
 *
 *   v1/id
 *   v1/tips/<writer>/<rev>_<next>.<oldest>[_<next>.<oldest>…][_<mac>]
 *   v1/tips/~/<batch>
 *   v1/log/<hh>/<writer>/<lane>/<sequence>
 *   v1/parked/<batch>
 *   v1/snapshots/…              built and parsed in `snapshot-keys.ts`
 *   v1/claims/<hash>            in `claim-keys.ts`
 *   v1/beats/…                  built and parsed in `beat-keys.ts`
 *   v1/probes/<batch>/<name>    written and deleted again by `bucketcast doctor`
 *
 * <writer>    <server>~<host id>~<incarnation>; host id 16 hex digits, incarnation 32
 * <rev>, <next>, <oldest>, <sequence>   10 digits of base 36, so byte order is number order
 * <lane>      one digit of base 36 (0..f)
 * <hh>        first byte of SHA-256(<writer>/<lane>) in hex: spreads lanes over key ranges
 * <mac>       <key id>-<32 hex digits>
 * <batch>     32 hex digits
 */
const root = 'v1/';
export const fleetIdKey = `${root}id`;
export const tipsPrefix = `${root}tips/`;
export const parkedPrefix = `${root}parked/`;
const logPrefix = `${root}log/`;
export const markersPrefix = `${tipsPrefix}~/`;

/** Of one writer. */
export const mostLanes = 16;

/** Largest value a fixed-width number can have. */
export const maxNumber = 36 ** 10 - 1;

export interface WriterParts {
  readonly server: string;
  readonly hostId: string;
  readonly incarnation: string;
}

export interface LaneId {
  readonly writer: string;
  readonly lane: number;
}

export interface LaneReach {
  /** Next sequence number that will be written: everything below it is durable. */
  readonly next: number;
  /** Lowest sequence number that retention has kept. */
  readonly oldest: number;
}

export interface Tip {
  readonly writer: string;
  readonly rev: number;
  /** Index = lane. */
  readonly lanes: readonly LaneReach[];
  readonly mac?: string;
}

export type TipsEntry =
  | { readonly type: 'tip'; readonly tip: Tip }
  | { readonly type: 'marker'; readonly batch: string }
  | { readonly type: 'foreign' };

const serverPattern = /^[a-z0-9.-]{1,63}$/;
const writerPattern = /^([a-z0-9.-]{1,63})~([0-9a-f]{16})~([0-9a-f]{32})$/;
const numberPattern = /^[0-9a-z]{10}$/;
const macPattern = /^[a-z0-9]{1,16}-[0-9a-f]{32}$/;
const batchPattern = /^[0-9a-f]{32}$/;

export function isServerName(name: string): boolean {
  return serverPattern.test(name);
}

export function writerName(parts: WriterParts): string {
  return `${parts.server}~${parts.hostId}~${parts.incarnation}`;
}

export function parseWriter(writer: string): WriterParts | undefined {
  const match = writerPattern.exec(writer);
  if (!match) return undefined;
  return { server: match[1] as string, hostId: match[2] as string, incarnation: match[3] as string };
}

export function tipKey(tip: Tip): string {
  return `${tipsPrefix}${tip.writer}/${tipName(tip)}${tip.mac === undefined ? '' : `_${tip.mac}`}`;
}

/** The part of a tip's key that its MAC covers, after the writer. */
export function tipName(tip: Pick<Tip, 'rev' | 'lanes'>): string {
  const pairs = tip.lanes.map((lane) => `${fixed(lane.next)}.${fixed(lane.oldest)}`);
  return [fixed(tip.rev), ...pairs].join('_');
}

/** The prefix of one writer's tips. */
export function tipsOfWriterPrefix(writer: string): string {
  return `${tipsPrefix}${writer}/`;
}

export function markerKey(batch: string): string {
  return `${markersPrefix}${batch}`;
}

export function parkedKey(batch: string): string {
  return `${parkedPrefix}${batch}`;
}

export function parseParkedKey(key: string): string | undefined {
  const batch = key.startsWith(parkedPrefix) ? key.slice(parkedPrefix.length) : '';
  return batchPattern.test(batch) ? batch : undefined;
}

/** Anything under `tips/` that is neither a tip nor a marker is `foreign` and ignored. */
export function parseTipsKey(key: string): TipsEntry {
  if (key.startsWith(markersPrefix)) {
    const batch = key.slice(markersPrefix.length);
    return batchPattern.test(batch) ? { type: 'marker', batch } : { type: 'foreign' };
  }
  const [writer, name, ...rest] = key.startsWith(tipsPrefix) ? key.slice(tipsPrefix.length).split('/') : [];
  if (writer === undefined || name === undefined || rest.length > 0 || !parseWriter(writer))
    return { type: 'foreign' };
  const parts = name.split('_');
  const mac = macPattern.test(parts.at(-1) ?? '') ? parts.pop() : undefined;
  const rev = unfixed(parts.shift());
  const lanes = parts.map(parsePair);
  if (rev === undefined || lanes.length < 1 || lanes.length > 16 || lanes.includes(undefined))
    return { type: 'foreign' };
  const tip = { writer, rev, lanes: lanes as LaneReach[] };
  return { type: 'tip', tip: mac === undefined ? tip : { ...tip, mac } };
}

export function laneLogPrefix({ writer, lane }: LaneId): string {
  return `${logPrefix}${shardOf({ writer, lane })}/${writer}/${lane.toString(36)}/`;
}

export function segmentKey(id: LaneId, sequence: number): string {
  return `${laneLogPrefix(id)}${fixed(sequence)}`;
}

export function parseSegmentKey(key: string): (LaneId & { readonly sequence: number }) | undefined {
  if (!key.startsWith(logPrefix)) return undefined;
  const [, writer, lane, name, ...rest] = key.slice(logPrefix.length).split('/');
  const sequence = unfixed(name);
  const laneNumber = lane !== undefined && /^[0-9a-f]$/.test(lane) ? Number.parseInt(lane, 16) : undefined;
  if (writer === undefined || !parseWriter(writer) || rest.length > 0) return undefined;
  if (sequence === undefined || laneNumber === undefined) return undefined;
  const parsed = { writer, lane: laneNumber, sequence };
  return segmentKey(parsed, sequence) === key ? parsed : undefined;
}

/** One string for a lane, for maps: `<writer>/<lane>`. */
export function laneKey(id: LaneId): string {
  return `${id.writer}/${id.lane.toString(36)}`;
}

/** What a segment's seal binds: the key relative to `v1/`. */
export function sealedName(key: string): string {
  return key.startsWith(root) ? key.slice(root.length) : key;
}

function shardOf(id: LaneId): string {
  const known = shardCache.get(id.writer)?.[id.lane];
  if (known !== undefined) return known;
  const shard = createHash('sha256').update(laneKey(id)).digest('hex').slice(0, 2);
  if (shardCache.size > 10_000) shardCache.clear();
  const row = shardCache.get(id.writer) ?? [];
  row[id.lane] = shard;
  shardCache.set(id.writer, row);
  return shard;
}

const shardCache = new Map<string, string[]>();

/** Ten digits of base 36. */
export function fixed(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0 || value > maxNumber) {
    throw new RangeError(`expected an integer in 0..${maxNumber}, got ${value}`);
  }
  return value.toString(36).padStart(10, '0');
}

/** `undefined` for what `fixed` does not give. */
export function unfixed(text: string | undefined): number | undefined {
  return text !== undefined && numberPattern.test(text) ? Number.parseInt(text, 36) : undefined;
}

function parsePair(text: string): LaneReach | undefined {
  const [next, oldest, ...rest] = text.split('.').map(unfixed);
  if (next === undefined || oldest === undefined || rest.length > 0 || oldest > next) return undefined;
  return { next, oldest };
}

/** Where `doctor` tries the store out; `probe` is 32 hex digits of its own run. */
export function probesPrefix(probe: string): string {
  return `${root}probes/${probe}/`;
}

export function probeKey(probe: string, name: string): string {
  return `${probesPrefix(probe)}${name}`;
}
