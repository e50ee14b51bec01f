import type { HintDoor } from '../hints/hint-door.ts';
import { type HintResult, hintResults } from '../hints/hint-result.ts';
import type { Heard, HintTransport, HintTransportSnapshot } from '../hints/hint-transport.ts';
import type { HintsSnapshot } from '../hints/hints-snapshot.ts';
import type { Foundation } from './foundation.ts';
import { type HintUse, type OpenTransports, openTransports } from './hint-transports.ts';

/** All transports of a node as one, and what is counted of them. */
export class NodeHints {
  readonly door: HintDoor | undefined;
  readonly #transports: readonly HintTransport[];
  readonly #heard = Object.fromEntries(hintResults.map((result) => [result, 0])) as Record<
    HintResult,
    number
  >;
  readonly #inline = { served: 0, refused: 0 };
  #announced = 0;
  #stopping: Promise<unknown> | undefined;

  /** Throws `invalid-settings`. Talks to nobody. */
  static async open(foundation: Foundation, use: HintUse): Promise<NodeHints> {
    const { settings, hintTransports } = foundation;
    const { transports, door } = await openTransports(
      settings.hints,
      { ...foundation, store: settings.store },
      use,
    );
    return new NodeHints({ transports: [...transports, ...hintTransports], door });
  }

  private constructor({ transports, door }: OpenTransports) {
    this.#transports = transports;
    this.door = door;
  }

  get isOn(): boolean {
    return this.#transports.length > 0;
  }

  /** Whether all that can hear do: one that is away may be the only way to some server. */
  get isConnected(): boolean {
    const listening = this.#transports.map((transport) => transport.snapshot()).filter(canHear);
    return listening.length > 0 && listening.every(({ connected }) => connected);
  }

  start(heard: (what: Heard) => void): void {
    for (const transport of this.#transports) transport.start(heard);
  }

  send(hint: Uint8Array): void {
    this.#announced += 1;
    for (const transport of this.#transports) transport.send(hint);
  }

  observe(result: HintResult): void {
    this.#heard[result] += 1;
  }

  observeInline(what: 'served' | 'refused'): void {
    this.#inline[what] += 1;
  }

  /** Absent without any transport. `inlineBytes`: kept just now. */
  snapshot(inlineBytes: number): HintsSnapshot | undefined {
    if (!this.isOn) return undefined;
    return {
      transports: this.#transports.map((transport) => transport.snapshot()),
      announced: this.#announced,
      heard: { ...this.#heard },
      inline: { bytes: inlineBytes, ...this.#inline },
    };
  }

  /** Nothing is heard after it. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping ??= Promise.allSettled(this.#transports.map((transport) => transport.stop()));
    await this.#stopping;
  }
}

function canHear({ listens = true }: HintTransportSnapshot): boolean {
  return listens;
}
