import type { Gauge, Registry } from 'prom-client';
import { gaugeBy } from './gauges.ts';
import { type Total, totalsBy } from './totals.ts';

/** Watched directories; Redis channels and lists. */
export const sourceKinds = ['watch', 'redis'] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** How the sources of one kind stand, all of them together. */
export interface SourcesReading {
  readonly pending: number;
  /** Since the start. */
  readonly published: number;
  readonly refused: number;
  /** How many of them are in trouble. */
  readonly inTrouble: number;
}

/** What publishes by itself. Set at each scrape; a kind that is not used stays 0. */
export class Sources {
  readonly #published: Readonly<Record<SourceKind, Total>>;
  readonly #refused: Readonly<Record<SourceKind, Total>>;
  readonly #failures: Readonly<Record<SourceKind, Total>>;
  readonly #pending: Gauge<'source'>;
  readonly #inTrouble: Gauge<'source'>;

  constructor(registry: Registry) {
    const label = 'source';
    const values = sourceKinds;
    this.#published = totalsBy(registry, {
      name: 'source_updates',
      help: 'Updates that sources published by themselves.',
      label,
      values,
    });
    this.#refused = totalsBy(registry, {
      name: 'source_refused',
      help: 'Files and messages that sources left out for what is wrong with them.',
      label,
      values,
    });
    this.#failures = totalsBy(registry, {
      name: 'source_failures',
      help: 'Times that a source failed, and tried again later.',
      label,
      values,
    });
    this.#pending = gaugeBy(registry, {
      name: 'source_pending',
      help: 'Files and messages that sources know of and have not published yet.',
      label,
    });
    this.#inTrouble = gaugeBy(registry, {
      name: 'sources_in_trouble',
      help: 'Sources that read or publish nothing just now, or less than they should.',
      label,
    });
    for (const kind of sourceKinds) this.set(kind, { pending: 0, published: 0, refused: 0, inTrouble: 0 });
  }

  /** One of this kind failed. */
  failed(kind: SourceKind): void {
    this.#failures[kind].add();
  }

  set(kind: SourceKind, { pending, published, refused, inTrouble }: SourcesReading): void {
    this.#published[kind].set(published);
    this.#refused[kind].set(refused);
    this.#pending.set({ source: kind }, pending);
    this.#inTrouble.set({ source: kind }, inTrouble);
  }
}
