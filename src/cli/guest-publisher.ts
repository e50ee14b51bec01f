import { systemClock } from '../base/clock.ts';
import { BucketcastError } from '../base/errors.ts';
import type { NewUpdate } from '../base/update.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import { createPublisher, type StandalonePublisher } from '../create-publisher.ts';
import type { Published, Spooled } from '../publish/published.ts';
import { logEvents } from './event-log.ts';
import { openLogger } from './log.ts';
import type { Session } from './session.ts';

/**
 * Publishes for a server beside its node, if one runs: as a writer of its own, recorded in the server's state
 * directory. Gives up on a store that does not answer, for somebody waits at the prompt.
 */
export class GuestPublisher {
  readonly #publisher: StandalonePublisher;
  readonly #settings: CompleteSettings;
  readonly #session: Session;
  readonly #timeoutMs: number;
  /** One for each update under way: thousands of signals that depend on the session's would cost more than the updates. */
  readonly #underWay = new Set<AbortController>();
  #gaveUp = false;

  /** Throws `store-unavailable`, `store-refused`, `fleet-mismatch`, `state-unusable`. */
  static async open(
    settings: CompleteSettings,
    session: Session,
    timeoutMs: number,
  ): Promise<GuestPublisher> {
    const logger = await openLogger(settings.log, session);
    const publisher = await createPublisher(settings, { logger }, { role: 'guest', signal: session.signal });
    logEvents(publisher.events, logger, { stopping: session.signal });
    return new GuestPublisher(publisher, settings, session, timeoutMs);
  }

  private constructor(
    publisher: StandalonePublisher,
    settings: CompleteSettings,
    session: Session,
    timeoutMs: number,
  ) {
    this.#publisher = publisher;
    this.#settings = settings;
    this.#session = session;
    this.#timeoutMs = timeoutMs;
    session.signal.addEventListener('abort', this.#abortAll, { once: true });
  }

  /** Throws `invalid-update`, `store-refused`, and `store-unavailable` when the time is over: then it is unknown. */
  async publish(update: NewUpdate): Promise<Published | Spooled> {
    const underWay = new AbortController();
    let late = false;
    const cancel = systemClock.after(this.#timeoutMs, () => {
      late = true;
      underWay.abort();
    });
    this.#underWay.add(underWay);
    if (this.#session.signal.aborted) underWay.abort(this.#session.signal.reason);
    try {
      return await this.#publisher.publish(update, { signal: underWay.signal });
    } catch (error) {
      throw late ? this.#lateError() : error;
    } finally {
      cancel();
      this.#underWay.delete(underWay);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.signal.removeEventListener('abort', this.#abortAll);
    const hurry = this.#session.signal.aborted || this.#gaveUp;
    await this.#publisher.stop({ timeoutMs: hurry ? 0 : this.#settings.stop.timeoutMs });
  }

  readonly #abortAll = (): void => {
    for (const underWay of this.#underWay) underWay.abort(this.#session.signal.reason);
  };

  #lateError(): BucketcastError {
    this.#gaveUp = true;
    const after = `${this.#timeoutMs / 1000} s`;
    return new BucketcastError('store-unavailable', `the store has not taken the update in ${after}`, {
      hint: 'Whether it was published is unknown. `bucketcast doctor` tries the store out; --timeout waits longer.',
    });
  }
}
