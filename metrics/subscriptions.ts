import type { Gauge, Registry } from 'prom-client';
import { gaugeBy } from './gauges.ts';

export interface SubscriptionReading {
  /** Absent for one without a name. */
  readonly name?: string;
  readonly lagSeconds: number;
  readonly lagSegments: number;
  readonly lagUpdates: number;
  readonly paused: boolean;
}

/** Names beyond this many share one label value, so that code that makes up names cannot grow it without end. */
const mostNames = 100;
const unnamed = '(unnamed)';
const others = '(others)';

/**
 * How far subscriptions are behind. The label names subscriptions, whose number is the operator's choice; all without
 * a name count as one.
 */
export class Subscriptions {
  readonly #seconds: Gauge<'subscription'>;
  readonly #segments: Gauge<'subscription'>;
  readonly #updates: Gauge<'subscription'>;
  readonly #paused: Gauge<'subscription'>;

  constructor(registry: Registry) {
    const label = 'subscription';
    this.#seconds = gaugeBy(registry, {
      name: 'subscription_lag_seconds',
      help: 'Age of the oldest update that is known of and not yet acknowledged; 0 when there is none.',
      label,
    });
    this.#segments = gaugeBy(registry, {
      name: 'subscription_lag_segments',
      help: 'Segments known of and not yet acknowledged.',
      label,
    });
    this.#updates = gaugeBy(registry, {
      name: 'subscription_lag_updates',
      help: 'Updates known of and not yet acknowledged; estimated for segments not fetched yet.',
      label,
    });
    this.#paused = gaugeBy(registry, {
      name: 'subscription_paused',
      help: 'Subscriptions whose sink is in trouble and that therefore wait (1 or 0 for a named one).',
      label,
    });
  }

  /** At each scrape: those that are running. */
  set(readings: readonly SubscriptionReading[]): void {
    for (const gauge of [this.#seconds, this.#segments, this.#updates, this.#paused]) gauge.reset();
    for (const [subscription, group] of grouped(readings)) {
      const sum = (of: (reading: SubscriptionReading) => number) =>
        group.reduce((total, reading) => total + of(reading), 0);
      this.#seconds.set({ subscription }, Math.max(...group.map(({ lagSeconds }) => lagSeconds)));
      this.#segments.set(
        { subscription },
        sum(({ lagSegments }) => lagSegments),
      );
      this.#updates.set(
        { subscription },
        sum(({ lagUpdates }) => lagUpdates),
      );
      this.#paused.set(
        { subscription },
        sum(({ paused }) => Number(paused)),
      );
    }
  }
}

function grouped(readings: readonly SubscriptionReading[]): Map<string, SubscriptionReading[]> {
  const names = readings.flatMap(({ name }) => name ?? []).sort();
  const shown = new Set(names.slice(0, mostNames));
  return Map.groupBy(readings, ({ name }) =>
    name === undefined ? unnamed : shown.has(name) ? name : others,
  );
}
