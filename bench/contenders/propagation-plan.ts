import type { Settings, SettingsInput } from '../../src/config/settings.ts';

/** What the contender that reads is told, and tells the one that publishes. */
export interface PropagationPlan {
  readonly store: Settings['store'];
  /** Settings of both that differ from the defaults. */
  readonly settings: SettingsInput;
  /** Besides, those of who publishes, and of who reads. */
  readonly publisher?: SettingsInput;
  readonly reader?: SettingsInput;
  /** An empty directory for the states of all. */
  readonly state: string;
  /** Each with a writer of its own. */
  readonly publishers: number;
  /** Updates in all, the first of each publisher not counted. */
  readonly updates: number;
  /** Mean time between two updates of one publisher. */
  readonly everyMs: number;
}

/** When one update was published: monotonic time of the machine, which its processes share. */
export interface SentUpdate {
  readonly sentMs: number;
  /** When `publish()` had resolved, and every poll would find it. */
  readonly visibleMs: number;
}

/** Data of an update: which one it is. None: the first of a publisher, which makes it known. */
export type PropagatedData = { readonly index: number } | null;

/** Monotonic milliseconds of this machine, the same in every process. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
