import type { Heard, HintTransport } from '../../src/hints/hint-transport.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { forgeHint } from './forged-hints.ts';
import type { NodeClock } from './node-clock.ts';

/** How bad the ways of hints are. Chances are per hint and listener; times are milliseconds. */
export interface BusFaults {
  readonly lost: number;
  readonly twice: number;
  /** It comes much later, after others. */
  readonly late: number;
  readonly lateMs: number;
  /** Somebody says something like it, besides. */
  readonly forged: number;
}

export function drawBusFaults(random: SeededRandom): BusFaults {
  const rate = (high: number) => (random.chance(0.4) ? 0 : random.float() * high);
  return {
    lost: random.chance(0.1) ? 1 : rate(0.4),
    twice: rate(0.5),
    late: rate(0.5),
    lateMs: random.pick([500, 10_000, 300_000]),
    forged: rate(1),
  };
}

const keptHints = 100;

/**
 * What hints travel through, between processes of the simulated fleet and from whoever else can reach it. It knows no order, and
 * everybody hears everything, who said it as well.
 */
export class SimBus {
  faults: BusFaults;
  readonly #random: SeededRandom;
  readonly #listeners = new Map<NodeClock, (heard: Heard) => void>();
  readonly #happened: (what: string) => void;
  /** What was said, for whoever repeats or alters it. */
  #said: Uint8Array[] = [];

  constructor(random: SeededRandom, happened: (what: string) => void) {
    this.#random = random;
    this.#happened = happened;
    this.faults = drawBusFaults(random);
  }

  /** One process's way to it; it hears and says nothing any more once its clock stands still. */
  connect(clock: NodeClock): HintTransport {
    let [sent, received] = [0, 0];
    return {
      name: 'simulated',
      start: (heard) => {
        this.#listeners.set(clock, (what) => {
          received += 1;
          heard(what);
        });
      },
      send: (hint) => {
        sent += 1;
        this.#say(hint.slice());
      },
      stop: async () => void this.#listeners.delete(clock),
      snapshot: () => ({ name: 'simulated', connected: !clock.dead, sent, received, dropped: 0 }),
    };
  }

  /** Somebody who can reach the bus says this many things that may look true. */
  forge(count: number): void {
    for (let left = count; left > 0; left--) {
      void forgeHint(this.#said, this.#random).then(({ what, heard }) => {
        this.#happened(`forged ${what}`);
        for (const clock of this.#listeners.keys()) this.#deliver(clock, heard, 1 + this.#random.below(5));
      });
    }
  }

  #say(bytes: Uint8Array): void {
    const { lost, twice, forged } = this.faults;
    const random = this.#random;
    this.#said = [...this.#said, bytes].slice(-keptHints);
    for (const clock of this.#listeners.keys()) {
      if (random.chance(lost)) continue;
      const hint = { type: 'hint', bytes } as const;
      this.#deliver(clock, hint, this.#travelMs());
      if (random.chance(twice)) this.#deliver(clock, hint, this.#travelMs());
    }
    if (random.chance(forged)) this.forge(1);
  }

  #travelMs(): number {
    const { late, lateMs } = this.faults;
    return 1 + this.#random.below(10) + (this.#random.chance(late) ? this.#random.below(lateMs) : 0);
  }

  #deliver(clock: NodeClock, heard: Heard, ms: number): void {
    if (clock.dead) this.#listeners.delete(clock);
    else clock.after(ms, () => this.#listeners.get(clock)?.(heard));
  }
}
