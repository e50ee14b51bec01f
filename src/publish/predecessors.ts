import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Settings } from '../config/settings.ts';
import type { LaneReach } from '../log/keys.ts';
import type { State, WriterRecord } from '../state/state.ts';
import {
  type RolledForward,
  type RollForwardOptions,
  type RollForwardParts,
  rollForward,
} from './roll-forward.ts';

/** Looks at a doubtful writer after one, two and four margins: by then LIST shows what there is. */
const doubtfulRounds = 3;

export interface PredecessorsParts extends RollForwardParts {
  readonly state: Pick<State, 'markParked' | 'unparkedWriters'>;
  readonly clock: Clock;
  readonly retry: Settings['retry'];
  readonly marginMs: number;
  readonly onTrouble: (error: unknown) => void;
}

/** Rolls the writers before the current one forward, for as long as that takes. */
export class Predecessors {
  readonly #parts: PredecessorsParts;

  constructor(parts: PredecessorsParts) {
    this.#parts = parts;
  }

  /** Resolves once publishing may begin; the doubtful ones are followed up behind it. Rejects only with `closed`. */
  async rollForward(): Promise<void> {
    const { doubtful } = await this.#untilDone(this.#parts.state.unparkedWriters());
    void this.#followUp(doubtful, {}).catch(() => {});
  }

  /**
   * A writer of this process that gave up its name to somebody else, who may be alive: its tips stay. Resolves with
   * how far its lanes reach once a batch says so.
   */
  async retired(record: WriterRecord): Promise<readonly LaneReach[]> {
    const options = { keepTips: true };
    const { reached, doubtful } = await this.#untilDone([record], options);
    void this.#followUp(doubtful, options).catch(() => {});
    return reached.get(record.writer) ?? [];
  }

  async #followUp(records: readonly WriterRecord[], options: RollForwardOptions): Promise<void> {
    let left = records;
    for (let round = 0; round < doubtfulRounds && left.length > 0; round += 1) {
      await this.#parts.clock.sleep(this.#parts.marginMs * 2 ** round, this.#parts.signal);
      const final = round === doubtfulRounds - 1;
      ({ doubtful: left } = await this.#untilDone(left, { ...options, final }));
    }
  }

  async #untilDone(
    records: readonly WriterRecord[],
    options: RollForwardOptions = {},
  ): Promise<RolledForward> {
    const { clock, random, retry, signal, onTrouble } = this.#parts;
    if (records.length === 0) return { reached: new Map(), doubtful: [] };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await rollForward(records, this.#parts, options);
      } catch (error) {
        if (signal.aborted) throw error;
        onTrouble(error);
        await clock.sleep(backoffMs(attempt, retry, random), signal);
      }
    }
  }
}
