import type { Gauge, Registry } from 'prom-client';
import { gauge, gaugeBy } from './gauges.ts';

const phases = ['joining', 'running', 'stopping'] as const;
export type Phase = (typeof phases)[number];

/** Where the node is in its life. */
export class NodeLife {
  readonly #phase: Gauge<'phase'>;
  readonly #started: Gauge;

  constructor(registry: Registry) {
    this.#phase = gaugeBy(registry, {
      name: 'node_phase',
      help: '1 for the phase that the node is in: joining until it has reached its store for the first time, running, stopping.',
      label: 'phase',
    });
    this.#started = gauge(registry, {
      name: 'node_start_time_seconds',
      help: "This host's time when the node began, seconds since the epoch.",
    });
    for (const phase of phases) this.#phase.set({ phase }, 0);
  }

  /** At each scrape. */
  set({ phase: now, startedAt }: { readonly phase: Phase; readonly startedAt: number }): void {
    for (const phase of phases) this.#phase.set({ phase }, Number(phase === now));
    this.#started.set(startedAt / 1000);
  }
}
