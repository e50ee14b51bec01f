import type { PublishedPlace } from './pending-update.ts';

export interface PublishOptions {
  /** Wait until a tip covers the update: from then on every poll finds it. Waits for the bucket also with a spool. */
  readonly visible?: boolean;
  /** Stops waiting; whether the update is published is then unknown. */
  readonly signal?: AbortSignal | undefined;
  /** 32 hex digits instead of random ones, for a caller that may repeat itself: repeats are then the same update. */
  readonly id?: string;
}

/** Durable in the bucket. */
export interface Published extends PublishedPlace {
  readonly id: string;
  /** Hybrid logical clock, 16 hex digits: of two updates of a URL the one with the greater is newer. */
  readonly hlc: string;
  readonly durable: 'bucket';
}

/** Durable on this host's disk, from where it goes to the bucket. */
export interface Spooled {
  readonly id: string;
  /**
   * As in `Published`; the bucket may get another one, where this machine's clock was wrong before the store's was known.
   * Absent for an id that the caller chose: the spool may have held that already, with an earlier stamp.
   */
  readonly hlc?: string;
  readonly durable: 'spool';
}
