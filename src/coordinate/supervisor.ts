import { type BackoffSettings, backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';

export interface SupervisorParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: NodeEmitter;
  readonly retry: BackoffSettings;
}

/**
 * Restarts one actor after it threw, later and later while it keeps throwing. Says so by `crashed`.
 * An actor that then runs for `calmMs` without a crash counts as healthy again.
 */
export class Supervisor {
  readonly #actor: string;
  readonly #parts: SupervisorParts;
  #crashes = 0;
  #lastCrash = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(actor: string, parts: SupervisorParts) {
    this.#actor = actor;
    this.#parts = parts;
  }

  /** Returns in how many ms it restarts. */
  crashed(error: unknown, restart: () => void): number {
    const { clock, random, events, retry } = this.#parts;
    const now = clock.monotonic();
    this.#crashes = now - this.#lastCrash > calmMs(retry) ? 0 : this.#crashes + 1;
    this.#lastCrash = now;
    const restartInMs = retry.baseMs + backoffMs(this.#crashes, retry, random);
    this.#cancel?.();
    this.#cancel = clock.after(restartInMs, restart);
    events.emit('crashed', { actor: this.#actor, error, restartInMs });
    return restartInMs;
  }

  close(): void {
    this.#cancel?.();
  }
}

function calmMs(retry: BackoffSettings): number {
  return 2 * (retry.baseMs + retry.capMs);
}
