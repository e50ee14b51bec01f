import { crc32 } from 'node:zlib';
import { type Clock, systemClock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import { type Random, randomHex } from '../base/random.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { corruptError, newerFormatError } from './corrupt.ts';
import { fleetIdKey } from './keys.ts';

/** The fleet id (32 hex digits), and the store's time when it was read. */
export interface FoundFleet {
  readonly fleetId: string;
  readonly time: number;
}

export interface FleetIdOptions {
  /** Whether to make one where there is none. */
  readonly create: boolean;
  /** For the wait on stores that ignore conditions. */
  readonly clock?: Pick<Clock, 'sleep'>;
}

/** Longer than a GET and a PUT take together; waited at most once in the life of a fleet, and only where needed. */
const settleMs = 5000;
/** A refusal may come while the winner is still being written (409 on S3): there is nothing to be read yet. */
const pauseMs = 500;
const maxAttempts = 10;
const maxBytes = 256;

/**
 * Reads `v1/id`, or makes it. Nodes that make it at once end with one id:
 *
 * 1. Who finds none puts one, if absent; **what a GET then finds is the id**. A refusal proves that the store honours
 *    conditions, so that the id can no longer change: done.
 * 2. Who was not refused, or finds an id younger than `settleMs` (by the store's clock), puts back what it found, if
 *    absent. A refusal now proves the same: done, without waiting.
 * 3. Where the store ignores conditions, the last PUT wins: each waits `settleMs`, by when the others' PUTs are
 *    over, and reads again, until two reads agree. A PUT that lingers for longer is noticed at the next start, as a
 *    fleet id that is not the one remembered. Who may not write (a reader's key) can only do the same.
 *
 * With `create: false` nothing is written and nothing waited for: what is found counts. Throws `fleet-mismatch`
 * (`details.missing`) when there is none and none may be made; `corrupt`, `newer-format`.
 */
export async function readOrCreateFleetId(
  store: Pick<ObjectStore, 'get' | 'put'>,
  random: Random,
  options: FleetIdOptions,
  signal?: AbortSignal,
): Promise<FoundFleet> {
  const clock = options.clock ?? systemClock;
  let known = await read(store, signal);
  if (known === undefined) {
    if (!options.create) throw missing();
    const own = randomHex(random, 16);
    for (let attempt = 1; known === undefined; attempt++) {
      const answer = await put(store, own, signal).catch((error: unknown) => mayNotCreate(error));
      known = await read(store, signal);
      if (known !== undefined && answer === 'conflict') return found(known);
      if (known !== undefined) break;
      if (attempt === maxAttempts) lost();
      await clock.sleep(pauseMs, signal);
    }
  } else if (!options.create || known.time - known.lastModified >= settleMs) {
    return found(known);
  }
  const confirmed = await put(store, known.fleetId, signal).catch(asUnconfirmed);
  if (confirmed === 'conflict') return found(known);
  for (;;) {
    await clock.sleep(settleMs, signal);
    const again: ReadFleet = (await read(store, signal)) ?? lost();
    if (again.fleetId === known.fleetId) return found(again);
    known = again;
  }
}

/** `bucketcast-fleet 1 <fleet id> <CRC-32 of what precedes the last space, 8 hex digits>`, and a newline. */
export function encodeFleetId(fleetId: string): Uint8Array {
  const text = `bucketcast-fleet 1 ${fleetId}`;
  return Buffer.from(`${text} ${checksum(text)}\n`);
}

/** Throws `corrupt` or `newer-format`. */
export function decodeFleetId(body: Uint8Array): string {
  const text = Buffer.from(body.subarray(0, maxBytes + 1)).toString('latin1');
  const match = /^(bucketcast-fleet ([1-9]\d{0,8}) ([^\n]*)) ([0-9a-f]{8})\n$/.exec(text);
  const [, covered, version, fleetId, sum] = match ?? [];
  if (covered === undefined || fleetId === undefined) throw corruptError(fleetIdKey, 'not a fleet id');
  if (checksum(covered) !== sum) throw corruptError(fleetIdKey, 'the checksum does not match');
  if (version !== '1')
    throw newerFormatError(fleetIdKey, Number(version), `written in format version ${version}`);
  if (!/^[0-9a-f]{32}$/.test(fleetId)) throw corruptError(fleetIdKey, 'not a fleet id');
  return fleetId;
}

interface ReadFleet extends FoundFleet {
  readonly lastModified: number;
}

function found({ fleetId, time }: ReadFleet): FoundFleet {
  return { fleetId, time };
}

async function read(store: Pick<ObjectStore, 'get'>, signal?: AbortSignal): Promise<ReadFleet | undefined> {
  try {
    const answer = await store.get(fleetIdKey, { maxBytes, signal });
    if (answer.status !== 'found') return undefined;
    return { fleetId: decodeFleetId(answer.body), time: answer.time, lastModified: answer.lastModified };
  } catch (error) {
    const tooLarge = isBucketcastError(error, 'store-refused') && typeof error.details.size === 'number';
    throw tooLarge ? corruptError(fleetIdKey, `larger than ${maxBytes} bytes`, error) : error;
  }
}

async function put(store: Pick<ObjectStore, 'put'>, fleetId: string, signal?: AbortSignal): Promise<string> {
  const options = { condition: 'absent', contentType: 'text/plain', signal } as const;
  const answer = await store.put(fleetIdKey, encodeFleetId(fleetId), options);
  return answer.status;
}

function missing(): BucketcastError {
  return new BucketcastError(
    'fleet-mismatch',
    `there is no fleet in this bucket (${fleetIdKey} is missing)`,
    {
      hint: 'Check the store URL and its prefix; the first publish there makes a fleet.',
      details: { key: fleetIdKey, missing: true },
    },
  );
}

function mayNotCreate(error: unknown): never {
  if (!isBucketcastError(error, 'store-refused')) throw error;
  throw new BucketcastError(
    'store-refused',
    `there is no fleet in this bucket (${fleetIdKey} is missing), and the store refuses to have one made: ${error.message}`,
    {
      hint: 'Check the store URL and its prefix. If this key may only read, start a node that may write first: it makes the fleet.',
      details: error.details,
      cause: error,
    },
  );
}

/** A key that may only read confirms nothing by a PUT, and so has to wait like on stores without conditions. */
function asUnconfirmed(error: unknown): string {
  if (!isBucketcastError(error, 'store-refused')) throw error;
  return 'refused';
}

function lost(): never {
  throw new BucketcastError('store-unavailable', `${fleetIdKey} was stored, and is missing when read back`, {
    hint: 'Something deletes objects of this bucket, or the store does not show a PUT that it acknowledged.',
    details: { key: fleetIdKey },
  });
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
