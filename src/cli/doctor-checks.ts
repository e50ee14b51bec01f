import type { Clock } from '../base/clock.ts';
import { BucketcastError } from '../base/errors.ts';
import { probeKey, probesPrefix } from '../log/keys.ts';
import { isBucketAdmin } from '../store/bucket-admin.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** What a check found. `advice` says what to do, for everything that is not `ok`. */
export interface Finding {
  readonly result: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly message: string;
  readonly advice?: string;
}

export interface Probe {
  /** The bare driver: a retry would hide what is looked for. */
  readonly store: ObjectStore;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** 32 hex digits that are this run's own. */
  readonly id: string;
  readonly signal: AbortSignal;
}

export type Check = (probe: Probe) => Promise<Finding>;

const racers = 8;
const samples = 5;
/** S3 tells its time in whole seconds. */
const skewWarningMs = 5000;
/** S3 refuses requests beyond this. */
const skewLimitMs = 15 * 60_000;

export const rightsCheck: Check = (probe) => tryRights(probe, probeKey(probe.id, 'rights'));

/** Writes one object, reads it back in each way there is, lists it and deletes it. */
export async function tryRights({ store, id, signal }: Probe, key: string): Promise<Finding> {
  const body = Buffer.from(`bucketcast doctor ${id}`);
  const steps: readonly [string, () => Promise<boolean>][] = [
    ['put', async () => (await store.put(key, body, { signal })).status === 'stored'],
    ['get', async () => holds(await store.get(key, { signal }), body)],
    ['head', async () => (await store.head(key, { signal })).status === 'found'],
    ['list', async () => (await store.list(key, { signal })).objects.some((object) => object.key === key)],
    ['delete', async () => (await store.delete(key, { signal })).time > 0],
  ];
  for (const [name, step] of steps) {
    const outcome = await step().catch((error: unknown) => asFailure(error, name));
    if (outcome === true) continue;
    if (outcome !== false) return outcome;
    const advice =
      name === 'list'
        ? 'Listings lag here; run the check again. Updates arrive later, none is lost.'
        : undefined;
    return advice === undefined
      ? {
          result: 'failed',
          message: `${name}: what was just written is not there`,
          advice: 'This store cannot carry updates: a GET must see an acknowledged PUT.',
        }
      : { result: 'warning', message: 'list: what was just written is not listed yet', advice };
  }
  return { result: 'ok', message: `may ${steps.map(([name]) => name).join(', ')}` };
}

/** Races put-if-absent and compare-and-set; stores that ignore conditions let everybody win. */
export const conditionsCheck: Check = async ({ store, id, signal }) => {
  const key = probeKey(id, 'race');
  // Bodies differ between the races too: an ETag that comes back would let a second one win rightly.
  const race = async (condition: 'absent' | { readonly etag: string }) => {
    const answers = await Promise.allSettled(
      Array.from({ length: racers }, (_, racer) =>
        store.put(key, Buffer.from(`${typeof condition} racer ${racer}`), { condition, signal }),
      ),
    );
    const winners = answers.filter(
      (answer) => answer.status === 'fulfilled' && answer.value.status === 'stored',
    ).length;
    return { winners, broken: answers.find((answer) => answer.status === 'rejected') };
  };
  const advice =
    'Updates do without them, but two machines with one server name are noticed later. Claims need them: `claim` is refused here.';
  const absent = await race('absent');
  const found = await store.head(key, { signal });
  const swap =
    found.status === 'found' ? await race({ etag: found.etag }) : { winners: 0, broken: undefined };
  if (absent.winners === 1 && swap.winners === 1) {
    return {
      result: 'ok',
      message: `honoured: one winner of ${racers}, both for put-if-absent and compare-and-set`,
    };
  }
  const refused = absent.broken ?? swap.broken;
  const why = refused?.status === 'rejected' ? `; ${(refused.reason as Error).message}` : '';
  return {
    result: 'warning',
    message: `not honoured: of ${racers} racers ${absent.winners} won put-if-absent, ${swap.winners} compare-and-set${why}`,
    advice,
  };
};

/** Pages of one key, and a start in the middle, in byte order. */
export const listingCheck: Check = async ({ store, id, signal }) => {
  const names = ['A', 'a', 'a-b', 'a.b', 'b', 'é'];
  const prefix = `${probesPrefix(id)}order/`;
  for (const name of names) await store.put(`${prefix}${name}`, new Uint8Array(), { signal });
  const names2 = async (options: { startAfter?: string; limit?: number }) => {
    const found: string[] = [];
    for await (const page of listPages(store, prefix, { ...options, signal })) {
      found.push(...page.objects.map(({ key }) => key.slice(prefix.length)));
    }
    return found;
  };
  const expected = ['A', 'a', 'a-b', 'a.b', 'b', 'é'];
  const paged = await names2({ limit: 2 });
  if (paged.join() !== expected.join()) {
    return {
      result: 'failed',
      message: `pages give ${paged.join(' ')} instead of ${expected.join(' ')}`,
      advice: 'Listings must be complete and in byte order; use another store.',
    };
  }
  const after = await names2({ startAfter: `${prefix}a-b` });
  if (after.join() !== 'a.b,b,é') {
    return {
      result: 'failed',
      message: `start-after gives ${after.join(' ') || 'nothing'} instead of a.b b é`,
      advice: 'Bucketcast needs ListObjectsV2 with start-after; directory buckets lack it.',
    };
  }
  return { result: 'ok', message: 'complete, in byte order, start-after and pages are right' };
};

export const clockCheck: Check = async ({ store, clock, id, signal }) => {
  const before = clock.now();
  const { time } = await store.head(probeKey(id, 'clock'), { signal });
  const skew = time - (before + clock.now()) / 2;
  const seconds = `${Math.abs(Math.round(skew / 1000))} s ${skew > 0 ? 'behind' : 'ahead of'} the store`;
  if (Math.abs(skew) < skewWarningMs)
    return { result: 'ok', message: "this machine's clock agrees with the store's" };
  const advice =
    "Set this machine's clock (NTP). Order and completeness do not depend on it, but signatures do.";
  return {
    result: Math.abs(skew) > skewLimitMs ? 'failed' : 'warning',
    message: `this machine's clock is ${seconds}`,
    advice,
  };
};

export const versioningCheck: Check = async ({ store, signal }) => {
  if (!isBucketAdmin(store)) return { result: 'skipped', message: 'this store has no versions' };
  try {
    const { enabled, hasExpiry } = await store.versioning({ signal });
    if (!enabled) return { result: 'ok', message: 'off' };
    if (hasExpiry) return { result: 'ok', message: 'on, and old versions expire' };
  } catch (error) {
    const advice =
      'Allow s3:GetBucketVersioning and s3:GetLifecycleConfiguration to have this checked, or look yourself.';
    return { result: 'skipped', message: `could not be asked: ${(error as Error).message}`, advice };
  }
  const advice =
    'What is deleted stays as an old version: add a lifecycle rule with NoncurrentVersionExpiration, or turn versioning off.';
  return {
    result: 'warning',
    message: 'on, and old versions never expire: the bucket grows for ever',
    advice,
  };
};

export const latencyCheck: Check = async ({ store, clock, id, signal }) => {
  const key = probeKey(id, 'latency');
  const median = async (call: () => Promise<unknown>) => {
    const times: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      const start = clock.monotonic();
      await call();
      times.push(clock.monotonic() - start);
    }
    return times.toSorted((a, b) => a - b)[Math.floor(samples / 2)] as number;
  };
  const put = await median(() => store.put(key, new Uint8Array(1024), { signal }));
  const get = await median(() => store.get(key, { signal }));
  const list = await median(() => store.list(probesPrefix(id), { limit: 1, signal }));
  const message = `put ${round(put)}, get ${round(get)}, list ${round(list)} (median of ${samples})`;
  const slow = Math.max(put, get, list) > 1000;
  return slow
    ? {
        result: 'warning',
        message,
        advice: 'Slow: choose a region near this machine, or look at the network.',
      }
    : { result: 'ok', message };
};

/** `step` names what was tried, unless the error does so itself. */
export function asFailure(error: unknown, step?: string): Finding {
  if (error instanceof BucketcastError && error.code === 'closed') throw error;
  const hint = error instanceof BucketcastError ? error.hint : undefined;
  const { message } = error as Error;
  return {
    result: 'failed',
    message: step === undefined || new RegExp(`^${step}\\b`).test(message) ? message : `${step}: ${message}`,
    advice: hint ?? 'Look at the credentials, the URL and the network.',
  };
}

function holds(answer: { readonly status: string; readonly body?: Uint8Array }, body: Uint8Array): boolean {
  return answer.status === 'found' && answer.body !== undefined && Buffer.from(answer.body).equals(body);
}

function round(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
