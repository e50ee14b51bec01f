import type { Gauge, Registry } from 'prom-client';
import { gauge } from './gauges.ts';

export interface ReadingReading {
  readonly bytesHeld: number;
  /** `limits.bytesInFlight` */
  readonly maxBytes: number;
  readonly lanes: number;
  readonly blockedLanes: number;
}

/** What is known of, fetched and not yet acknowledged, and what cannot go on. Set at each scrape. */
export class Reading {
  readonly #bytes: Gauge;
  readonly #maxBytes: Gauge;
  readonly #lanes: Gauge;
  readonly #blocked: Gauge;

  constructor(registry: Registry) {
    this.#bytes = gauge(registry, {
      name: 'in_flight_bytes',
      help: 'Memory for segments fetched and not yet acknowledged.',
    });
    this.#maxBytes = gauge(registry, {
      name: 'in_flight_limit_bytes',
      help: 'Bound of the memory for segments: limits.bytesInFlight.',
    });
    this.#lanes = gauge(registry, { name: 'lanes_known', help: 'Lanes of all writers that are known.' });
    this.#blocked = gauge(registry, {
      name: 'lanes_blocked',
      help: 'Lanes waiting for somebody to act, counted for each subscription: an unknown key, or a newer format. Those of writers that sign with an unknown key count once.',
    });
  }

  set({ bytesHeld, maxBytes, lanes, blockedLanes }: ReadingReading): void {
    this.#bytes.set(bytesHeld);
    this.#maxBytes.set(maxBytes);
    this.#lanes.set(lanes);
    this.#blocked.set(blockedLanes);
  }
}
