import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Gauge, Registry } from 'prom-client';
import { gauge, gaugeBy } from './gauges.ts';
import { type Total, totalsBy } from './totals.ts';

/** How often the event loop is looked at; a lag is what a look comes later than that. Each look wakes an idle process. */
const resolutionMs = 100;
const stats = ['mean', 'p99', 'max'] as const;

/** What the process takes, chosen from prom-client's default metrics and named by our own rules. */
export class Runtime {
  readonly #lag: Gauge<'stat'>;
  readonly #threadLag: Gauge;
  readonly #cpu: Readonly<Record<'user' | 'system', Total>>;
  readonly #resident: Gauge;
  readonly #heap: Gauge;
  readonly #external: Gauge;
  #delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #slowestThreadMs = 0;

  constructor(registry: Registry) {
    this.#lag = gaugeBy(registry, {
      name: 'event_loop_lag_seconds',
      help: 'How late the main thread came to what was due, since the last scrape.',
      label: 'stat',
    });
    this.#threadLag = gauge(registry, {
      name: 'pool_event_loop_lag_max_seconds',
      help: 'The longest that any worker thread was late while it fetched, since the last scrape.',
    });
    this.#cpu = totalsBy(registry, {
      name: 'process_cpu_seconds',
      help: 'Processor time of the process with its threads.',
      label: 'mode',
      values: ['user', 'system'],
    });
    this.#resident = gauge(registry, {
      name: 'process_resident_memory_bytes',
      help: 'Memory of the process that is in RAM.',
    });
    this.#heap = gauge(registry, {
      name: 'process_heap_bytes',
      help: "Memory of the main thread's JavaScript objects.",
    });
    this.#external = gauge(registry, {
      name: 'process_external_memory_bytes',
      help: 'Memory of buffers and other things outside the JavaScript heap.',
    });
    for (const stat of stats) this.#lag.set({ stat }, 0);
  }

  /** A worker thread was late by so much. */
  threadLate(ms: number): void {
    this.#slowestThreadMs = Math.max(this.#slowestThreadMs, ms);
  }

  /** At each scrape. The first one begins to watch the event loop: who is never asked need not look. */
  read(): void {
    const { user, system } = process.cpuUsage();
    this.#cpu.user.set(user / 1e6);
    this.#cpu.system.set(system / 1e6);
    const { rss, heapUsed, external } = process.memoryUsage();
    this.#resident.set(rss);
    this.#heap.set(heapUsed);
    this.#external.set(external);
    this.#threadLag.set(this.#slowestThreadMs / 1000);
    this.#slowestThreadMs = 0;
    this.#readDelay();
  }

  close(): void {
    this.#delay?.disable();
    this.#delay = undefined;
  }

  #readDelay(): void {
    if (this.#delay === undefined) {
      this.#delay = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#delay.enable();
      return;
    }
    if (this.#delay.count === 0) return;
    this.#lag.set({ stat: 'mean' }, late(this.#delay.mean));
    this.#lag.set({ stat: 'p99' }, late(this.#delay.percentile(99)));
    this.#lag.set({ stat: 'max' }, late(this.#delay.max));
    this.#delay.reset();
  }
}

/** The time between two looks, in ns, holds the wait that was asked for. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000);
}
