import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { kindOf, RepeatedFailures } from '../base/repeated-failures.ts';

/** What a publisher does with the store, and goes on trying however long that takes. */
export type Work = 'publishing' | 'deleting older tips' | 'trimming' | 'rolling earlier writers forward';

/** A publisher's trouble with the store: told when it begins or changes, once a minute, and when it is over. */
export class TroubleLog {
  readonly #logger: Logger;
  readonly #failures: RepeatedFailures;

  constructor({ logger, clock }: { readonly logger: Logger; readonly clock: Clock }) {
    this.#logger = logger;
    this.#failures = new RepeatedFailures(clock);
  }

  failed(work: Work, error: unknown): void {
    const repetition = this.#failures.failed(work, kindOf(error));
    if (repetition)
      this.#logger.warn(
        { err: error, ...repetition },
        `${work} has trouble with the store and goes on trying`,
      );
    else this.#logger.debug({ err: error }, `${work} still has trouble with the store`);
  }

  worked(work: Work): void {
    const recovery = this.#failures.recovered(work);
    if (recovery) this.#logger.info(recovery, `${work} works again`);
  }
}
