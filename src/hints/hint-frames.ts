import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/**
 * A hint as a message of ZeroMQ, whose sockets anybody may connect to:
 *
 *     frame 0   the hint
 *     frame 1   HMAC-SHA-256 over frame 0 by the fleet's secret, 32 bytes; empty where there is none
 */
export class HintFrames {
  readonly #key: KeyObject | undefined;

  constructor(secret: string | undefined) {
    this.#key = secret === undefined ? undefined : createSecretKey(secret, 'utf8');
  }

  write(hint: Uint8Array): Uint8Array[] {
    return [hint, this.#key === undefined ? new Uint8Array() : mac(this.#key, hint)];
  }

  /** Undefined for what is none, or carries another secret. Who has no secret asks for none. */
  read(frames: readonly Uint8Array[]): Uint8Array | undefined {
    const [hint, given] = frames;
    if (hint === undefined || given === undefined || frames.length !== 2) return undefined;
    if (this.#key === undefined) return hint;
    const right = mac(this.#key, hint);
    return given.length === right.length && timingSafeEqual(given, right) ? hint : undefined;
  }
}

function mac(key: KeyObject, hint: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(hint).digest();
}
