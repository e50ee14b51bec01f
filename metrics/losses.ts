import { Counter, type Registry } from 'prom-client';

const deadLetterReasons = ['poison', 'corrupt', 'missing', 'expired'] as const;
const gapReasons = ['corrupt', 'missing', 'expired'] as const;

/** What could not be delivered, and what points at something wrong in the fleet. */
export class Losses {
  readonly #deadLetters: Counter<'reason'>;
  readonly #gaps: Counter<'reason'>;
  readonly #twins: Counter;
  readonly #distrusted: Counter;
  readonly #unknown: Counter;
  readonly #crashes: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string) =>
      new Counter({ name: `bucketcast_${name}_total`, help, registers });
    const byReason = (name: string, help: string) =>
      new Counter({ name: `bucketcast_${name}_total`, help, labelNames: ['reason'], registers });
    this.#deadLetters = byReason('dead_letters', 'Dead letters made, by reason.');
    this.#gaps = byReason('gap_segments', 'Segments that a subscription will never deliver, by reason.');
    this.#twins = counter('twins', 'Reports of two machines publishing under one name.');
    this.#distrusted = counter('distrusted', 'Tips and batches ignored because they do not verify.');
    this.#unknown = counter(
      'unknown_losses',
      'Times this node was away for longer than parked lanes are remembered.',
    );
    this.#crashes = counter('actor_crashes', 'Actors that threw and were restarted.');
    for (const reason of deadLetterReasons) this.#deadLetters.inc({ reason }, 0);
    for (const reason of gapReasons) this.#gaps.inc({ reason }, 0);
  }

  deadLetter(reason: (typeof deadLetterReasons)[number]): void {
    this.#deadLetters.inc({ reason });
  }

  /** Segments `[from, to)` of a lane. */
  gap(gap: {
    readonly reason: (typeof gapReasons)[number];
    readonly from: number;
    readonly to: number;
  }): void {
    this.#gaps.inc({ reason: gap.reason }, gap.to - gap.from);
  }

  twin(): void {
    this.#twins.inc();
  }

  distrusted(): void {
    this.#distrusted.inc();
  }

  unknownLoss(): void {
    this.#unknown.inc();
  }

  crash(): void {
    this.#crashes.inc();
  }
}
