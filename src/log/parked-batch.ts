import { crc32 } from 'node:zlib';
import { corruptError, newerFormatError, unknownKeyError } from './corrupt.ts';
import { type LaneReach, maxNumber, parkedKey, parseWriter } from './keys.ts';
import { activeKey } from './subkey.ts';
import { type Fleet, macText, verifyMac } from './tip-mac.ts';

/**
 * The body of `parked/<batch>`: three lines of ASCII, each ended by a newline.
 *
 *   bucketcast-batch 1 <mac, or ->
 *   {"entries":[{"writer":"…","lanes":[[next,oldest],…],"parkedAt":ms,"emptySince":ms},…]}
 *   <CRC-32, 8 hex digits, of "<fleet id>/<batch>/" and the two lines before>
 *
 * The MAC is made like a tip's, under the subkey "batch", over `<fleet id>/<batch>/1/` and the second line.
 * Every later version keeps the first two words of the first line, and the last line.
 */
export interface ParkedEntry {
  readonly writer: string;
  /** Index = lane. */
  readonly lanes: readonly LaneReach[];
  /** Store time of the parking, ms since the epoch. */
  readonly parkedAt: number;
  /** Store time since when nothing of it is left (`oldest` = `next` in every lane). */
  readonly emptySince?: number;
}

/** Larger batches must be split; with 16 lanes each, this many entries stay well below `maxBatchBytes`. */
export const maxBatchEntries = 10_000;
/** A reader need not take more than this; a GET may be bounded by it. */
export const maxBatchBytes = 16 * 1024 * 1024;
const formatVersion = 1;

export function encodeBatch(
  entries: readonly ParkedEntry[],
  batchId: string,
  fleet: Fleet,
): Uint8Array<ArrayBuffer> {
  if (entries.length > maxBatchEntries) {
    throw new RangeError(`expected at most ${maxBatchEntries} entries, got ${entries.length}`);
  }
  const written = entries.map(({ writer, lanes, parkedAt, emptySince }) => ({
    writer,
    lanes: lanes.map(({ next, oldest }) => [next, oldest]),
    parkedAt,
    ...(emptySince !== undefined && { emptySince }),
  }));
  const fault = written.map(entryFault).find((found) => found !== undefined);
  if (fault !== undefined) throw new RangeError(fault);
  const line = `${JSON.stringify({ entries: written })}\n`;
  const key = activeKey(fleet.keys);
  const mac =
    key === undefined ? '-' : macText(key, fleet.fleetId, 'batch', macParts(line, batchId, fleet.fleetId));
  const text = `bucketcast-batch ${formatVersion} ${mac}\n${line}`;
  return new Uint8Array(Buffer.from(`${text}${checksum(text, batchId, fleet.fleetId)}\n`));
}

/**
 * Throws `corrupt` (also for a batch without a MAC while `keys.required`, and for a wrong MAC), `unknown-key` or
 * `newer-format`. A writer that is named twice counts with the larger numbers.
 */
export function decodeBatch(bytes: Uint8Array, batchId: string, fleet: Fleet): ParkedEntry[] {
  const what = parkedKey(batchId);
  if (bytes.length > maxBatchBytes)
    throw corruptError(what, `${bytes.length} bytes are more than ${maxBatchBytes}`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const match = /^(bucketcast-batch ([1-9]\d{0,8}) [\s\S]*\n)([0-9a-f]{8})\n$/.exec(text);
  if (match === null) throw corruptError(what, 'not a parked batch');
  const [, covered, version, sum] = match as unknown as [string, string, string, string];
  if (checksum(covered, batchId, fleet.fleetId) !== sum)
    throw corruptError(what, 'the checksum does not match');
  if (Number(version) > formatVersion) {
    throw newerFormatError(what, Number(version), `written in format version ${version}`);
  }
  const lines = /^bucketcast-batch 1 (-|[a-z0-9]{1,16}-[0-9a-f]{32})\n([^\n]*\n)$/.exec(covered);
  if (lines === null) throw corruptError(what, 'the lines are malformed');
  const [, mac, line] = lines as unknown as [string, string, string];
  checkMac(mac === '-' ? undefined : mac, line, batchId, fleet);
  return readEntries(line, what);
}

/** Id of the key that a batch is signed with, as it says itself; `undefined` for none. */
export function batchKeyId(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 100)).toString(
    'latin1',
  );
  return /^bucketcast-batch \d+ ([a-z0-9]{1,16})-/.exec(head)?.[1];
}

function checkMac(mac: string | undefined, line: string, batchId: string, { fleetId, keys }: Fleet): void {
  const what = parkedKey(batchId);
  const parts = macParts(line, batchId, fleetId);
  switch (verifyMac(mac, keys, (key) => macText(key, fleetId, 'batch', parts))) {
    case 'ok':
      return;
    case 'unsigned':
      if (keys.required) throw corruptError(what, 'has no MAC, and encryption.required is set');
      return;
    case 'unknown-key':
      throw unknownKeyError(what, mac?.split('-')[0] ?? '');
    case 'bad':
      throw corruptError(what, 'the MAC is wrong');
  }
}

interface WrittenEntry {
  readonly writer: string;
  readonly lanes: readonly (readonly [number, number])[];
  readonly parkedAt: number;
  readonly emptySince?: number;
}

function readEntries(line: string, what: string): ParkedEntry[] {
  let entries: unknown;
  try {
    ({ entries } = JSON.parse(line) as { entries?: unknown });
  } catch (error) {
    throw corruptError(what, 'the entries are not JSON', error);
  }
  if (!Array.isArray(entries)) throw corruptError(what, 'the entries are not a list');
  if (entries.length > maxBatchEntries) throw corruptError(what, `${entries.length} entries are too many`);
  return entries.map((entry: unknown, index) => {
    const fault = entryFault(entry);
    if (fault !== undefined) throw corruptError(what, `entry ${index}: ${fault}`);
    const { writer, lanes, parkedAt, emptySince } = entry as WrittenEntry;
    const reaches = lanes.map(([next, oldest]) => ({ next, oldest }));
    return { writer, lanes: reaches, parkedAt, ...(emptySince !== undefined && { emptySince }) };
  });
}

function entryFault(entry: unknown): string | undefined {
  const { writer, lanes, parkedAt, emptySince } = (entry ?? {}) as Record<keyof WrittenEntry, unknown>;
  if (typeof writer !== 'string' || parseWriter(writer) === undefined) return 'not the name of a writer';
  if (!Array.isArray(lanes) || lanes.length < 1 || lanes.length > 16) return 'expected 1 to 16 lanes';
  if (!lanes.every(isReach)) return 'expected [next, oldest] for each lane';
  if (!isNumber(parkedAt)) return 'parkedAt is not a time';
  return emptySince === undefined || isNumber(emptySince) ? undefined : 'emptySince is not a time';
}

function isReach(pair: unknown): boolean {
  if (!Array.isArray(pair) || pair.length !== 2) return false;
  const [next, oldest] = pair as unknown[];
  return isNumber(next) && isNumber(oldest) && oldest <= next;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= maxNumber;
}

function macParts(line: string, batchId: string, fleetId: string): string[] {
  return [`${fleetId}/${batchId}/${formatVersion}/`, line];
}

function checksum(text: string, batchId: string, fleetId: string): string {
  return crc32(Buffer.from(text, 'latin1'), crc32(`${fleetId}/${batchId}/`))
    .toString(16)
    .padStart(8, '0');
}
