import type { Gauge, Registry } from 'prom-client';
import { gauge } from './gauges.ts';
import { type Total, total } from './totals.ts';

/** How the claims of a node stand; counts since its start. */
export interface ClaimsReading {
  readonly held: number;
  readonly taken: number;
  readonly refused: number;
  readonly failed: number;
  readonly lost: number;
}

/** Claims of URLs. Set at each scrape; all 0 where nobody asks for any. */
export class Claims {
  readonly #held: Gauge;
  readonly #taken: Total;
  readonly #refused: Total;
  readonly #failed: Total;
  readonly #lost: Total;

  constructor(registry: Registry) {
    this.#held = gauge(registry, { name: 'claims_held', help: 'Claims that this node holds.' });
    this.#taken = total(registry, { name: 'claims_taken', help: 'Claims that this node was given.' });
    this.#refused = total(registry, {
      name: 'claims_refused',
      help: 'Claims asked for while another, or this node itself, held them.',
    });
    this.#failed = total(registry, {
      name: 'claims_failed',
      help: 'Claims asked for in vain: no answer of the store, or one that does not count.',
    });
    this.#lost = total(registry, {
      name: 'claims_lost',
      help: 'Claims that ended without having been released: not renewed in time, or taken over.',
    });
  }

  set({ held, taken, refused, failed, lost }: ClaimsReading): void {
    this.#held.set(held);
    this.#taken.set(taken);
    this.#refused.set(refused);
    this.#failed.set(failed);
    this.#lost.set(lost);
  }
}
