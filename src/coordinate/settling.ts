import { closedError } from '../base/errors.ts';

export interface SettlingParts {
  /** Whether everything known is delivered, just now. */
  readonly isSettled: () => boolean;
  readonly isStopped: () => boolean;
}

/** Lets whoever asks wait until a coordinator's subscriptions have delivered what they know. */
export class Settling {
  readonly #parts: SettlingParts;
  readonly #waiting = new Set<() => void>();

  constructor(parts: SettlingParts) {
    this.#parts = parts;
  }

  /** Throws `closed` when the coordinator stops first. */
  settled(): Promise<void> {
    const { isSettled, isStopped } = this.#parts;
    if (isStopped()) return Promise.reject(closedError('the coordinator'));
    if (isSettled()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!isStopped() && !isSettled()) return;
        this.#waiting.delete(check);
        if (isStopped()) reject(closedError('the coordinator'));
        else resolve();
      };
      this.#waiting.add(check);
    });
  }

  /** Something was delivered, or the coordinator stops. */
  check(): void {
    for (const check of this.#waiting) check();
  }
}
