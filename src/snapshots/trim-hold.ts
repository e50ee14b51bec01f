import type { Clock } from '../base/clock.ts';
import { MINUTE } from '../config/units.ts';
import type { TrimFloor } from '../publish/trim-lane.ts';
import type { SnapshotReading } from './find-snapshots.ts';
import { KnownSnapshots, trimFloor } from './known-snapshots.ts';

/** For so long what was found is taken as it is: snapshots only come more, and a floor of before is lower. */
const rememberedMs = MINUTE;

/** Keeps retention from trimming what no snapshot covers (`snapshots.holdRetention`). */
export class TrimHold {
  readonly #known: KnownSnapshots;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #last: { readonly at: number; readonly floor: Promise<TrimFloor> } | undefined;

  constructor(reading: SnapshotReading, clock: Pick<Clock, 'monotonic'>) {
    this.#known = new KnownSnapshots(reading);
    this.#clock = clock;
  }

  /** Throws when the store does not answer: then nothing is trimmed. */
  readonly floor = (): Promise<TrimFloor> => {
    const now = this.#clock.monotonic();
    if (this.#last === undefined || now - this.#last.at >= rememberedMs) {
      const floor = this.#known.look().then(({ complete }) => trimFloor(complete));
      this.#last = { at: now, floor };
      floor.catch(() => {
        this.#last = undefined;
      });
    }
    return this.#last.floor;
  };
}
