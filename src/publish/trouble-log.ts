import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/error-message.ts';
import type { Logger } from '../base/logger.ts';
import { kindOf, RepeatedFailures } from '../base/repeated-failures.ts';

/** What a publisher does with the store, and goes on trying however long that takes. */
export type Work =
  | 'publishing'
  | 'writing objects'
  | 'deleting older tips'
  | 'trimming'
  | 'rolling earlier writers forward';

/** What is being tried again just now. */
export interface PublishTrouble {
  readonly message: string;
  /** Since the first failure in a row, ms. */
  readonly forMs: number;
}

/** Of these it is known when they work again. */
const lasting: readonly Work[] = ['publishing', 'writing objects', 'rolling earlier writers forward'];

/** A publisher's trouble with the store: told when it begins or changes, once a minute, and when it is over. */
export class TroubleLog {
  readonly #logger: Logger;
  readonly #failures: RepeatedFailures;
  readonly #clock: Clock;
  readonly #current = new Map<Work, { readonly since: number; readonly error: unknown }>();

  constructor({ logger, clock }: { readonly logger: Logger; readonly clock: Clock }) {
    this.#logger = logger;
    this.#clock = clock;
    this.#failures = new RepeatedFailures(clock);
  }

  /** What keeps updates from being answered for; `undefined` while nothing does. */
  get current(): PublishTrouble | undefined {
    for (const work of lasting) {
      const trouble = this.#current.get(work);
      if (trouble === undefined) continue;
      const forMs = Math.round(this.#clock.monotonic() - trouble.since);
      return { message: errorMessage(trouble.error), forMs };
    }
    return undefined;
  }

  failed(work: Work, error: unknown): void {
    const since = this.#current.get(work)?.since ?? this.#clock.monotonic();
    this.#current.set(work, { since, error });
    const repetition = this.#failures.failed(work, kindOf(error));
    if (repetition)
      this.#logger.warn(
        { err: error, ...repetition },
        `${work} has trouble with the store and goes on trying`,
      );
    else this.#logger.debug({ err: error }, `${work} still has trouble with the store`);
  }

  worked(work: Work): void {
    this.#current.delete(work);
    const recovery = this.#failures.recovered(work);
    if (recovery) this.#logger.info(recovery, `${work} works again`);
  }
}
