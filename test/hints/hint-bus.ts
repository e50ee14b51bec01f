import type { Heard, HintTransport, HintTransportSnapshot } from '../../src/hints/hint-transport.ts';

/** A way of hints inside this process, which does to them what a test wants. */
export class HintBus {
  /** Every hint that was sent, in order. */
  readonly sent: Uint8Array[] = [];
  /** What becomes of a hint on its way: nothing, or several. Default: it arrives. */
  carry: (hint: Uint8Array) => readonly Uint8Array[] = (hint) => [hint];
  isConnected = true;
  listens = true;
  readonly #listeners = new Set<(what: Heard) => void>();

  /** For one node. What it sends comes to everybody, itself too. */
  transport(): HintTransport {
    let heard: ((what: Heard) => void) | undefined;
    let sent = 0;
    return {
      name: 'bus',
      start: (listener) => {
        heard = listener;
        this.#listeners.add(listener);
      },
      send: (hint) => {
        sent += 1;
        this.sent.push(hint);
        for (const arrived of this.carry(hint)) this.tell(arrived);
      },
      stop: async () => {
        if (heard) this.#listeners.delete(heard);
      },
      snapshot: (): HintTransportSnapshot => ({
        name: 'bus',
        connected: this.isConnected,
        listens: this.listens,
        sent,
        received: 0,
        dropped: 0,
      }),
    };
  }

  tell(hint: Uint8Array): void {
    for (const listener of this.#listeners) listener({ type: 'hint', bytes: hint });
  }

  /** The store's own notification. */
  written(keys: readonly string[], bucket?: string): void {
    for (const listener of this.#listeners)
      listener({ type: 'written', keys, ...(bucket !== undefined && { bucket }) });
  }
}
