import type { Gauge, Registry } from 'prom-client';
import { gaugeBy } from './gauges.ts';
import { type Total, total } from './totals.ts';

/** What heartbeats can say is wrong. */
export const heartbeatAlarms = ['silent', 'rewound', 'frozen', 'withheld'] as const;
export type HeartbeatAlarmKind = (typeof heartbeatAlarms)[number];

/** Heartbeats of this server, and what those of the others tell. All stay 0 while none are sent. */
export class Heartbeats {
  readonly #beats: Total;
  readonly #failures: Total;
  readonly #alarms: Gauge<'kind'>;

  constructor(registry: Registry) {
    this.#beats = total(registry, {
      name: 'heartbeats',
      help: 'Heartbeats of this server that the bucket has acknowledged.',
    });
    this.#failures = total(registry, {
      name: 'heartbeat_failures',
      help: 'Times that a heartbeat could not be written, or those of the others not be listed.',
    });
    this.#alarms = gaugeBy(registry, {
      name: 'heartbeat_alarms',
      help: 'Servers of which heartbeats say that something is wrong just now: silent, rewound, frozen (this one), withheld.',
      label: 'kind',
    });
    this.set({ beats: 0, alarms: [] });
  }

  failed(): void {
    this.#failures.add();
  }

  set({
    beats,
    alarms,
  }: {
    readonly beats: number;
    readonly alarms: readonly { readonly kind: HeartbeatAlarmKind }[];
  }): void {
    this.#beats.set(beats);
    for (const kind of heartbeatAlarms)
      this.#alarms.set({ kind }, alarms.filter((alarm) => alarm.kind === kind).length);
  }
}
