import { BucketcastError } from '../base/errors.ts';
import { ConditionSupport } from '../store/condition-support.ts';
import type { ClaimObject, Condition } from './claim-object.ts';
import type { ClaimRecord } from './claim-record.ts';

/** Of the form of an ETag, and of no object. */
const otherEtag = '0'.repeat(32);

/** Whether the store honours both conditions that claims are written under, found out with the first one that is won. */
export class HonouredConditions {
  /** What the store is called. */
  readonly #store: string;
  readonly #absent = new ConditionSupport();
  readonly #swap = new ConditionSupport();

  constructor(store: string) {
    this.#store = store;
  }

  get areKnownIgnored(): boolean {
    return this.#absent.isKnownIgnored || this.#swap.isKnownIgnored;
  }

  /** Throws `store-refused` where it is known already that they are not. */
  expect(): void {
    if (!this.areKnownIgnored) return;
    throw new BucketcastError(
      'store-refused',
      `${this.#store}: the store does not honour conditional writes, so two servers could hold one claim`,
      {
        hint: 'Claims need a store that honours If-None-Match and If-Match; `bucketcast doctor` tells. Updates do without.',
      },
    );
  }

  /** Throws as `expect`, and `store-unavailable` when it cannot be found out just now. `record` has just been written. */
  async check(object: ClaimObject, record: ClaimRecord, signal: AbortSignal): Promise<void> {
    await this.#check(this.#absent, 'absent', object, record, signal);
    await this.#check(this.#swap, { etag: otherEtag }, object, record, signal);
  }

  async #check(
    support: ConditionSupport,
    condition: Condition,
    object: ClaimObject,
    record: ClaimRecord,
    signal: AbortSignal,
  ): Promise<void> {
    const failures: unknown[] = [];
    const ask = () =>
      object.put(record, condition, signal).catch((error: unknown) => {
        failures.push(error);
        throw error;
      });
    // Another claim's question may have failed for reasons of its own, such as a signal.
    while (failures.length === 0 && !support.isKnownHonoured && !support.isKnownIgnored)
      await support.learn(ask);
    this.expect();
    if (support.isKnownHonoured) return;
    throw new BucketcastError(
      'store-unavailable',
      `${this.#store}: it could not be found out whether the store honours conditional writes`,
      { cause: failures[0] },
    );
  }
}
