import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { closedError, isBucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { parseObject } from '../log/object-format.ts';
import { objectOfUrlKey, secondOfObjectKey } from '../log/object-keys.ts';
import { recordId } from '../log/record.ts';
import type { ConditionSupport } from '../store/condition-support.ts';
import { listAll } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface NewObject {
  /** What the keys of its URL's objects begin with. */
  readonly ofUrl: string;
  /** The update's own second, or the first after it that is not known to be taken. */
  readonly second: number;
  readonly id: string;
  readonly body: Uint8Array;
  /** Hears of every refusal; the object is then tried again. Without it a refusal rejects. */
  readonly refused?: ((error: unknown) => void) | undefined;
}

export interface PutObjectParts {
  readonly store: Pick<ObjectStore, 'get' | 'head' | 'put' | 'list'>;
  readonly conditions: ConditionSupport;
  readonly retry: Settings['retry'];
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Told of every failed attempt. */
  readonly onTrouble: (error: unknown) => void;
}

/** A crash repeats what was written in the last seconds; further on, asking the store for the last one costs less. */
const stepsBeforeListing = 3;
/** What another writing of the same update can be longer by: it names another writer, of at most so many characters. */
const longerBy = 128;

/**
 * Puts an object at the first second from its own that is free, and goes on until the store has clearly answered; what
 * stands already is never overwritten. Returns the second. Throws `store-refused` (nothing was written) and `closed`.
 */
export async function putObject(object: NewObject, parts: PutObjectParts): Promise<number> {
  const { clock, random, retry, signal, onTrouble } = parts;
  let { second } = object;
  let taken = 0;
  for (let attempt = 0; ; attempt += 1) {
    try {
      for (;;) {
        const outcome = await attemptPut(objectOfUrlKey(object.ofUrl, second), object, parts);
        if (outcome === 'written') return second;
        if (outcome === 'gone') break;
        taken += 1;
        second = taken < stepsBeforeListing ? second + 1 : await afterLast(second, object.ofUrl, parts);
      }
    } catch (error) {
      if (signal.aborted) throw closedError('publishing', signal);
      onTrouble(error);
      if (isBucketcastError(error, 'store-refused')) {
        if (object.refused === undefined) throw error;
        object.refused(error);
      }
    }
    await clock.sleep(backoffMs(attempt, retry, random), signal);
  }
}

/** `taken`: another update stands there. `gone`: something did, a moment ago. */
type Attempt = 'written' | 'taken' | 'gone';

async function attemptPut(key: string, object: NewObject, parts: PutObjectParts): Promise<Attempt> {
  const { store, conditions, signal } = parts;
  const options = { condition: 'absent', contentType: 'application/json', signal } as const;
  const put = () => store.put(key, object.body, options);
  if (!conditions.isKnownHonoured && (await store.head(key, { signal })).status === 'found')
    return compare(key, object, parts);
  if ((await put()).status === 'conflict') {
    conditions.refused();
    return compare(key, object, parts);
  }
  await conditions.learn(put);
  return 'written';
}

/** A retry can meet its own success, and so can the spool after a crash: then with another writer in the body. */
async function compare(key: string, { id, body }: NewObject, parts: PutObjectParts): Promise<Attempt> {
  const end = body.length + longerBy;
  const found = await parts.store.get(key, { range: { start: 0, end }, signal: parts.signal });
  if (found.status !== 'found') return 'gone';
  if (found.size > end) return 'taken';
  return idOf(found.body, key) === id ? 'written' : 'taken';
}

function idOf(body: Uint8Array, key: string): string | undefined {
  try {
    return recordId(
      parseObject(body, { key, digest: '0'.repeat(32), lastModified: 0, time: 0, prefix: '' }).record,
    );
  } catch {
    return undefined;
  }
}

/** Who may not list goes on step by step. */
async function afterLast(second: number, ofUrl: string, parts: PutObjectParts): Promise<number> {
  const startAfter = objectOfUrlKey(ofUrl, second);
  let last = second;
  try {
    for await (const { key } of listAll(parts.store, ofUrl, { startAfter, signal: parts.signal }))
      last = Math.max(last, secondOfObjectKey(ofUrl, key) ?? last);
  } catch (error) {
    if (!isBucketcastError(error, 'store-refused')) throw error;
  }
  return last + 1;
}
