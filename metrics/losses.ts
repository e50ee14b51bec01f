import type { Registry } from 'prom-client';
import { type Total, total, totalsBy } from './totals.ts';

const deadLetterReasons = ['poison', 'corrupt', 'missing', 'expired'] as const;
const gapReasons = ['corrupt', 'missing', 'expired'] as const;

/** What could not be delivered. */
export class Losses {
  readonly #deadLetters: Readonly<Record<(typeof deadLetterReasons)[number], Total>>;
  readonly #gaps: Readonly<Record<(typeof gapReasons)[number], Total>>;
  readonly #unknown: Total;
  readonly #recovered: Total;
  readonly #crashes: Total;

  constructor(registry: Registry) {
    this.#deadLetters = totalsBy(registry, {
      name: 'dead_letters',
      help: 'Dead letters made, by reason.',
      label: 'reason',
      values: deadLetterReasons,
    });
    this.#gaps = totalsBy(registry, {
      name: 'gap_segments',
      help: 'Segments that a subscription will never deliver, by reason.',
      label: 'reason',
      values: gapReasons,
    });
    this.#unknown = total(registry, {
      name: 'unknown_losses',
      help: 'Times a subscription had not been current for longer than empty lanes are remembered: what it missed is not known.',
    });
    this.#recovered = total(registry, {
      name: 'recovered_updates',
      help: 'Updates of expired segments that subscriptions got from a snapshot.',
    });
    this.#crashes = total(registry, {
      name: 'actor_crashes',
      help: 'Actors that threw and were restarted.',
    });
  }

  deadLetter(reason: (typeof deadLetterReasons)[number]): void {
    this.#deadLetters[reason].add();
  }

  /** Segments `[from, to)` of a lane. */
  gap(gap: {
    readonly reason: (typeof gapReasons)[number];
    readonly from: number;
    readonly to: number;
  }): void {
    this.#gaps[gap.reason].add(gap.to - gap.from);
  }

  unknownLoss(): void {
    this.#unknown.add();
  }

  recovered(updates: number): void {
    this.#recovered.add(updates);
  }

  crash(): void {
    this.#crashes.add();
  }
}
