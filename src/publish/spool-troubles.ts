import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { kindOf, RepeatedFailures } from '../base/repeated-failures.ts';

/** Where a spool can have trouble, each by itself: taking updates in, getting them out, deleting those that are out. */
export type SpoolPart = 'intake' | 'bucket' | 'deletion';

const failing: Readonly<Record<SpoolPart, string>> = {
  intake: 'the spool cannot take updates',
  bucket: 'the spool cannot get updates into the bucket; it keeps them and goes on trying',
  deletion: 'the spool cannot delete what is in the bucket; it goes on trying',
};

const working: Readonly<Record<SpoolPart, string>> = {
  intake: 'the spool has room again',
  bucket: 'updates go from the spool to the bucket again',
  deletion: 'the spool could delete what is in the bucket',
};

/** What stands in a spool's way just now; logged when it changes, and then once a minute. */
export class SpoolTroubles {
  readonly #logger: Logger;
  readonly #failures: RepeatedFailures;
  readonly #errors = new Map<SpoolPart, unknown>();

  constructor({ clock, logger }: { readonly clock: Pick<Clock, 'monotonic'>; readonly logger: Logger }) {
    this.#logger = logger;
    this.#failures = new RepeatedFailures(clock);
  }

  failed(part: SpoolPart, error: unknown): void {
    this.#errors.set(part, error);
    const repetition = this.#failures.failed(part, kindOf(error));
    if (repetition) this.#logger.warn({ err: error, ...repetition }, failing[part]);
  }

  recovered(part: SpoolPart): void {
    if (!this.#errors.delete(part)) return;
    const recovery = this.#failures.recovered(part);
    if (recovery) this.#logger.info({ ...recovery }, working[part]);
  }

  of(part: SpoolPart): unknown {
    return this.#errors.get(part);
  }

  /** The one that has stood longest; `undefined` while all is well. */
  get first(): unknown {
    const [error] = this.#errors.values();
    return error;
  }

  get none(): boolean {
    return this.#errors.size === 0;
  }
}
