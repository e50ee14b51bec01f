import { MINUTE } from '../config/units.ts';
import { awayTooLong } from './away.ts';
import type { PollExtent } from './discovery.ts';
import type { PositionRecord } from './position-record.ts';

/**
 * The store time at which a subscription was *current*: whatever the bucket named then is behind its saved positions, or
 * is of a lane that was not empty. An empty lane is named for `forgetAfterMs` after that was announced, so nothing of what
 * stood then can be forgotten sooner than so long after the mark, wherever the process and its memory are by then.
 *
 * The mark moves with complete polls alone, and only when all of it is so; when it is too old, what was missed cannot be
 * known, which is reported once. It is rewritten seldom: an older mark only errs towards reporting.
 */
export class CurrentMark {
  readonly #record: Pick<PositionRecord, 'currentAt' | 'rememberCurrent'>;
  readonly #forgetAfterMs: number;
  #at: number;

  constructor(record: Pick<PositionRecord, 'currentAt' | 'rememberCurrent'>, forgetAfterMs: number) {
    this.#record = record;
    this.#forgetAfterMs = forgetAfterMs;
    this.#at = record.currentAt();
  }

  /** After a complete poll that the subscription took part in from its beginning. */
  polled(
    { begunAt, endedAt }: Pick<PollExtent, 'begunAt' | 'endedAt'>,
    isCurrent: () => boolean,
    reportLoss: (awayMs: number) => void,
  ): void {
    const awayMs = awayTooLong(this.#at, endedAt, this.#forgetAfterMs);
    if (awayMs !== undefined) {
      reportLoss(awayMs);
      this.#move(endedAt);
      return;
    }
    // A store whose clock was set back takes the mark with it.
    const isDue = Math.abs(begunAt - this.#at) >= Math.min(MINUTE, this.#forgetAfterMs / 10);
    if (isDue && isCurrent()) this.#move(begunAt);
  }

  #move(at: number): void {
    this.#record.rememberCurrent(at);
    this.#at = at;
  }
}
