import type { Gauge, Registry } from 'prom-client';
import { gauge, gaugeBy } from './gauges.ts';
import { type Total, total, totalsBy } from './totals.ts';

/** What a listing of the bucket shows. */
export interface FleetReading {
  /** This host's clock minus the store's: positive when it is ahead. */
  readonly skewMs: number;
  readonly liveWriters: number;
  readonly parkedWriters: number;
  readonly parkedBatches: number;
  readonly twinNames: number;
}

/** What the bucket tells of the fleet, what points at something wrong in it, and what this node tidied up. */
export class Fleet {
  readonly #twins: Total;
  readonly #distrusted: Total;
  readonly #rewinds: Readonly<Record<'tip' | 'state', Total>>;
  readonly #parked: Total;
  readonly #trimmed: Total;
  readonly #skew: Gauge;
  readonly #writers: Gauge<'state'>;
  readonly #batches: Gauge;
  readonly #twinNames: Gauge;

  constructor(registry: Registry) {
    this.#twins = total(registry, {
      name: 'twins',
      help: 'Reports of two machines publishing under one name.',
    });
    this.#distrusted = total(registry, {
      name: 'distrusted',
      help: 'Tips and batches ignored because they do not verify.',
    });
    this.#rewinds = totalsBy(registry, {
      name: 'rewinds',
      help: "Times that something went back. tip: a listing showed a writer's tip older than one seen before; state: a writer of this host that its state directory does not know.",
      label: 'kind',
      values: ['tip', 'state'],
    });
    this.#parked = total(registry, {
      name: 'writers_parked',
      help: 'Writers that this node parked because they were quiet.',
    });
    this.#trimmed = total(registry, {
      name: 'trimmed_segments',
      help: 'Segments that this node gave up to retention.',
    });
    this.#skew = gauge(registry, {
      name: 'clock_skew_seconds',
      help: "This host's clock minus the store's, at the last complete poll; exact to about a second.",
    });
    this.#writers = gaugeBy(registry, {
      name: 'writers',
      help: 'Writers known: live ones have a tip in the bucket; parked ones are kept in batches.',
      label: 'state',
    });
    this.#batches = gauge(registry, {
      name: 'parked_batches',
      help: 'Batches of parked writers in the bucket.',
    });
    this.#twinNames = gauge(registry, {
      name: 'twin_names',
      help: 'Names under which several machines have been publishing within the last hour.',
    });
    this.set({ skewMs: 0, liveWriters: 0, parkedWriters: 0, parkedBatches: 0, twinNames: 0 });
  }

  twin(): void {
    this.#twins.add();
  }

  distrusted(): void {
    this.#distrusted.add();
  }

  rewound(kind: 'tip' | 'state'): void {
    this.#rewinds[kind].add();
  }

  parked(writers: number): void {
    this.#parked.add(writers);
  }

  trimmed(segments: number): void {
    this.#trimmed.add(segments);
  }

  /** At each scrape. */
  set({ skewMs, liveWriters, parkedWriters, parkedBatches, twinNames }: FleetReading): void {
    this.#skew.set(skewMs / 1000);
    this.#writers.set({ state: 'live' }, liveWriters);
    this.#writers.set({ state: 'parked' }, parkedWriters);
    this.#batches.set(parkedBatches);
    this.#twinNames.set(twinNames);
  }
}
