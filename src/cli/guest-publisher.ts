import { Emitter } from '../base/emitter.ts';
import { BucketcastError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { NewUpdate } from '../base/update.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import { type Foundation, openFoundation } from '../node/foundation.ts';
import { joinFleet } from '../node/join-fleet.ts';
import { type Published, Publisher } from '../publish/publisher.ts';
import { logEvents } from './event-log.ts';
import { openLogger } from './log.ts';
import type { Session } from './session.ts';

/**
 * Publishes for a server beside its node, if one runs: as a writer of its own, recorded in the server's state
 * directory. Gives up on a store that does not answer, for somebody waits at the prompt.
 */
export class GuestPublisher {
  readonly #foundation: Foundation;
  readonly #publisher: Publisher;
  readonly #session: Session;
  readonly #timeoutMs: number;
  readonly #stopTimeoutMs: number;

  /** Throws `store-unavailable`, `store-refused`, `fleet-mismatch`, `state-unusable`. */
  static async open(
    settings: CompleteSettings,
    session: Session,
    timeoutMs: number,
  ): Promise<GuestPublisher> {
    const events: NodeEmitter = new Emitter();
    const logger = await openLogger(settings.log, session);
    logEvents(events, logger, session.signal);
    const foundation = await openFoundation(
      { settings, server: settings.server, events },
      { logger },
      { role: 'guest' },
    );
    try {
      const fleetId = await joinFleet(foundation, { signal: session.signal });
      return new GuestPublisher(foundation, fleetId, settings, session, timeoutMs);
    } catch (error) {
      await foundation.close();
      throw error;
    }
  }

  private constructor(
    foundation: Foundation,
    fleetId: string,
    settings: CompleteSettings,
    session: Session,
    timeoutMs: number,
  ) {
    this.#foundation = foundation;
    this.#session = session;
    this.#timeoutMs = timeoutMs;
    this.#stopTimeoutMs = settings.stop.timeoutMs;
    const { publish, retry, retention, server } = settings;
    this.#publisher = new Publisher(
      { settings: publish, retry, retention, server, fleetId, keys: foundation.keys, role: 'guest' },
      foundation,
    );
    this.#publisher.start();
  }

  /** Throws `invalid-update`, `store-refused`, and `store-unavailable` when the time is over: then it is unknown. */
  async publish(update: NewUpdate): Promise<Published> {
    const late = new AbortController();
    const cancel = this.#foundation.clock.after(this.#timeoutMs, () => late.abort());
    try {
      return await this.#publisher.publish(update, {
        signal: AbortSignal.any([late.signal, this.#session.signal]),
      });
    } catch (error) {
      throw late.signal.aborted ? this.#lateError(error) : error;
    } finally {
      cancel();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#publisher.stop({ timeoutMs: this.#session.signal.aborted ? 0 : this.#stopTimeoutMs });
    await this.#foundation.close();
  }

  #lateError(cause: unknown): BucketcastError {
    const store = this.#foundation.store.description;
    return new BucketcastError(
      'store-unavailable',
      `${store} has not taken the update in ${this.#timeoutMs / 1000} s`,
      {
        hint: 'Whether it was published is unknown. `bucketcast doctor` tries the store out; --timeout waits longer.',
        cause,
      },
    );
  }
}
