import type { LaneTrouble } from '../coordinate/lane-state.ts';
import type { LanesStatus, TroubledLanes } from '../coordinate/why-waiting.ts';

/** Why an object is tried again. Times are monotonic ms. */
export interface IntakeTrouble {
  readonly kind: 'store' | 'corrupt';
  readonly tries: number;
  readonly since: number;
  readonly retryAt: number;
}

export interface IntakeFacts {
  /** Objects being fetched, or about to be fetched again. */
  readonly fetches: number;
  /** Of each of them, and of each that the store refuses. */
  readonly troubles: readonly { readonly key: string; readonly trouble: IntakeTrouble | undefined }[];
  readonly ready: number;
  /** Pending objects that were not taken yet. */
  readonly untaken: number;
  readonly hasSlot: boolean;
  /** Whether there is no memory for another. */
  readonly tight: boolean;
  readonly bytesHeld: number;
}

/** What is on its way, in the terms of lanes: each object is one of its own. Pure. */
export function intakeStatus(facts: IntakeFacts): Omit<LanesStatus, 'openSince'> {
  const { fetches, ready, untaken, hasSlot, tight, bytesHeld } = facts;
  const troubles = new Map<LaneTrouble, TroubledLanes>();
  let sound = ready;
  for (const { key, trouble } of facts.troubles) {
    if (trouble === undefined) {
      sound += 1;
      continue;
    }
    const worst = troubles.get(trouble.kind);
    const lanes = (worst?.lanes ?? 0) + 1;
    const told =
      worst !== undefined && worst.since <= trouble.since
        ? worst
        : { ...trouble, key, lanes, sequence: 0, patienceEndsAt: 0 };
    troubles.set(trouble.kind, { ...told, lanes });
  }
  // What waits behind objects in trouble is in that trouble, too.
  if (hasSlot) sound += untaken;
  return {
    sound,
    queued: untaken,
    tight,
    fetches,
    bytesHeld,
    crashed: undefined,
    troubles,
  };
}
