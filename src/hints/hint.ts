import { type LaneReach, maxNumber, parseWriter } from '../log/keys.ts';
import { activeKey } from '../log/subkey.ts';
import { type Fleet, type MacVerdict, macText, verifyMac } from '../log/tip-mac.ts';
import { maxHintBytes } from './hint-parts.ts';

/**
 * "This writer's lanes reach so far", for nodes that need not wait for their next poll then.
 *
 *     {"v":1,"fleet":"<fleet id>","writer":"<writer>","lanes":[[<next>,<oldest>],…],"mac":"<mac>"}
 *     {"v":1, … ,"segment":[<lane>,<sequence>]}\n<the segment, as it is stored>
 *
 * One line of JSON in UTF-8, of at most `maxHeaderBytes`. `mac` as in a tip's key, under the subkey "hint", over the ASCII text
 * `<fleet id>/<writer>/<next>.<oldest>[_<next>.<oldest>…]` with decimal numbers. It does not cover the segment: that has a seal of its own, which binds it
 * to its fleet and its place. Signed or not, a hint says nothing that a poll would not find, so repeating an old one says nothing at all.
 */
export interface Hint {
  readonly fleetId: string;
  readonly writer: string;
  /** Index = lane. Everything below `next` is durable. */
  readonly lanes: readonly LaneReach[];
  readonly mac?: string;
  readonly segment?: InlineSegment;
}

export interface InlineSegment {
  readonly lane: number;
  readonly sequence: number;
  /** As stored. */
  readonly bytes: Uint8Array;
}

const maxHeaderBytes = 4096;

/** The hint with a MAC by the active key; without one, as it is. */
export function signHint(hint: Hint, { keys, fleetId }: Fleet): Hint {
  const key = activeKey(keys);
  return key === undefined ? hint : { ...hint, mac: macText(key, fleetId, 'hint', [signedText(hint)]) };
}

export function verifyHint(hint: Hint, { keys, fleetId }: Fleet): MacVerdict {
  return verifyMac(hint.mac, keys, (key) => macText(key, fleetId, 'hint', [signedText(hint)]));
}

export function encodeHint({ fleetId, writer, lanes, mac, segment }: Hint): Uint8Array {
  const header = JSON.stringify({
    v: 1,
    fleet: fleetId,
    writer,
    lanes: lanes.map(({ next, oldest }) => [next, oldest]),
    ...(segment && { segment: [segment.lane, segment.sequence] }),
    ...(mac !== undefined && { mac }),
  });
  return segment ? Buffer.concat([Buffer.from(`${header}\n`), segment.bytes]) : Buffer.from(header);
}

/** `undefined` for whatever is not a hint of this version: anybody may have sent it. Never throws. */
export function parseHint(bytes: Uint8Array): Hint | undefined {
  if (bytes.length > maxHintBytes) return undefined;
  const line = bytes.indexOf(newline);
  const header = bytes.subarray(0, line < 0 ? bytes.length : line);
  const fields = header.length > maxHeaderBytes ? undefined : jsonObject(header);
  if (fields === undefined || fields['v'] !== 1) return undefined;
  const { fleet, writer, lanes, mac, segment } = fields;
  if (typeof fleet !== 'string' || !/^[0-9a-f]{32}$/.test(fleet)) return undefined;
  if (typeof writer !== 'string' || !parseWriter(writer)) return undefined;
  if (mac !== undefined && typeof mac !== 'string') return undefined;
  const reaches = reachesOf(lanes);
  if (reaches === undefined) return undefined;
  const hint = { fleetId: fleet, writer, lanes: reaches, ...(mac !== undefined && { mac }) };
  if (segment === undefined) return line < 0 ? hint : undefined;
  const inline = line < 0 ? undefined : inlineOf(segment, reaches, bytes.subarray(line + 1));
  return inline && { ...hint, segment: inline };
}

const newline = 0x0a;
const mostLanes = 16;

function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return value !== null && typeof value === 'object' ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function reachesOf(value: unknown): LaneReach[] | undefined {
  if (!Array.isArray(value) || value.length < 1 || value.length > mostLanes) return undefined;
  const reaches = (value as readonly unknown[]).map(reachOf);
  return reaches.some((reach) => reach === undefined) ? undefined : (reaches as LaneReach[]);
}

function reachOf(pair: unknown): LaneReach | undefined {
  if (!Array.isArray(pair) || pair.length !== 2) return undefined;
  const [next, oldest] = pair as readonly unknown[];
  return isNumber(next) && isNumber(oldest) && oldest <= next ? { next, oldest } : undefined;
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= maxNumber;
}

/** It is one of those that the hint says are durable. */
function inlineOf(value: unknown, lanes: readonly LaneReach[], bytes: Uint8Array): InlineSegment | undefined {
  if (!Array.isArray(value) || value.length !== 2 || bytes.length === 0) return undefined;
  const [lane, sequence] = value as readonly unknown[];
  const reach = isNumber(lane) ? lanes[lane] : undefined;
  if (!isNumber(lane) || !isNumber(sequence) || reach === undefined) return undefined;
  return sequence < reach.next ? { lane, sequence, bytes } : undefined;
}

function signedText({ fleetId, writer, lanes }: Hint): string {
  return `${fleetId}/${writer}/${lanes.map(({ next, oldest }) => `${next}.${oldest}`).join('_')}`;
}
