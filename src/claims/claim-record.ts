import { crc32 } from 'node:zlib';
import { corruptError, newerFormatError, unknownKeyError } from '../log/corrupt.ts';
import { activeKey } from '../log/subkey.ts';
import { type Fleet, macText, verifyMac } from '../log/tip-mac.ts';

/**
 * The body of `claims/<hash>`: three lines of UTF-8, each ended by a newline.
 *
 *   bucketcast-claim 1 <mac, or ->
 *   {"server":"…","claim":"…","nonce":"…","token":n,"expiresAt":ms,"released":false,"url":"…"}
 *   <CRC-32, 8 hex digits, of "<fleet id>/<key>/" and the two lines before>
 *
 * The MAC is made like a tip's, under the subkey "claim", over `<fleet id>/<key>/1/` and the second line. `url` is for people
 * who look into the bucket, and absent where there is an active key: the key of the object says it to whoever knows it.
 */
export interface ClaimRecord {
  /** Of the holder. */
  readonly server: string;
  /** 32 hex digits: the same from the take-over to the release. */
  readonly claim: string;
  /** 32 hex digits, new in every write, so that whoever got no clear answer finds out whether it was its own. */
  readonly nonce: string;
  /** Rises with every take-over. */
  readonly token: number;
  /** By the store's clock, ms since the epoch. */
  readonly expiresAt: number;
  readonly released: boolean;
}

/** What a body says, and whether it may be believed: `false` without a MAC while `keys.required`. */
export interface ReadClaim {
  readonly record: ClaimRecord;
  readonly isProven: boolean;
}

/** Largest body that is read: far more than a record with the longest URL takes. */
export const maxClaimBytes = 64 * 1024;
const formatVersion = 1;
/** What a `Date` can hold, but for some room for sums. */
const latestTime = 8e15;
const idPattern = /^[0-9a-f]{32}$/;

export function encodeClaim(record: ClaimRecord, key: string, url: string, fleet: Fleet): Uint8Array {
  const secret = activeKey(fleet.keys);
  const { server, claim, nonce, token, expiresAt, released } = record;
  const shown = secret === undefined ? { url } : {};
  const line = `${JSON.stringify({ server, claim, nonce, token, expiresAt, released, ...shown })}\n`;
  const mac = secret === undefined ? '-' : macOf(line, key, fleet.fleetId, secret);
  const text = `bucketcast-claim ${formatVersion} ${mac}\n${line}`;
  return new Uint8Array(Buffer.from(`${text}${checksum(text, key, fleet.fleetId)}\n`));
}

/** Throws `corrupt` (also for a wrong MAC), `unknown-key` and `newer-format`. */
export function decodeClaim(bytes: Uint8Array, key: string, fleet: Fleet): ReadClaim {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const match = /^(bucketcast-claim ([1-9]\d{0,8}) [\s\S]*\n)([0-9a-f]{8})\n$/.exec(text);
  if (match === null) throw corruptError(key, 'not a claim');
  const [, covered, version, sum] = match as unknown as [string, string, string, string];
  if (checksum(covered, key, fleet.fleetId) !== sum) throw corruptError(key, 'the checksum does not match');
  if (Number(version) > formatVersion)
    throw newerFormatError(key, Number(version), `written in format version ${version}`);
  const lines = /^bucketcast-claim 1 (-|[a-z0-9]{1,16}-[0-9a-f]{32})\n([^\n]*\n)$/.exec(covered);
  if (lines === null) throw corruptError(key, 'the lines are malformed');
  const [, mac, line] = lines as unknown as [string, string, string];
  const isProven = checkMac(mac === '-' ? undefined : mac, line, key, fleet);
  return { record: readRecord(line, key), isProven };
}

function checkMac(mac: string | undefined, line: string, key: string, { fleetId, keys }: Fleet): boolean {
  switch (verifyMac(mac, keys, (secret) => macOf(line, key, fleetId, secret))) {
    case 'ok':
      return true;
    case 'unsigned':
      return !keys.required;
    case 'unknown-key':
      throw unknownKeyError(key, mac?.split('-')[0] ?? '');
    case 'bad':
      throw corruptError(key, 'the MAC is wrong');
  }
}

function readRecord(line: string, key: string): ClaimRecord {
  let value: Partial<Record<keyof ClaimRecord, unknown>> | null;
  try {
    value = JSON.parse(line) as typeof value;
  } catch (error) {
    throw corruptError(key, 'the claim is not JSON', error);
  }
  const { server, claim, nonce, token, expiresAt, released } = value ?? {};
  const isRight =
    typeof server === 'string' &&
    isId(claim) &&
    isId(nonce) &&
    isNumber(token) &&
    isNumber(expiresAt, latestTime);
  if (!isRight || typeof released !== 'boolean')
    throw corruptError(key, 'the claim lacks what belongs to one');
  return { server, claim, nonce, token, expiresAt, released };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && idPattern.test(value);
}

function isNumber(value: unknown, most = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function macOf(line: string, key: string, fleetId: string, secret: Parameters<typeof macText>[0]): string {
  return macText(secret, fleetId, 'claim', [`${fleetId}/${key}/${formatVersion}/`, line]);
}

function checksum(text: string, key: string, fleetId: string): string {
  return crc32(`${fleetId}/${key}/${text}`).toString(16).padStart(8, '0');
}
