import type { Gauge, Registry } from 'prom-client';
import { gauge, gaugeBy } from './gauges.ts';
import { type Total, total, totalsBy } from './totals.ts';

/** Ways of hints; one that a program hands in is `other`. */
export const hintTransports = ['redis', 'nats', 'zeromq', 'webhook', 'sqs', 'other'] as const;
export type HintTransportName = (typeof hintTransports)[number];

/** What came of hints that were heard. */
export const heardResults = ['believed', 'polled', 'known', 'own', 'foreign', 'malformed', 'forged'] as const;

/** How hints stand; counts since the start. */
export interface HintsReading {
  readonly transports: readonly {
    readonly name: string;
    readonly connected: boolean;
    readonly sent: number;
    readonly received: number;
    readonly dropped: number;
  }[];
  readonly heard: Readonly<Record<(typeof heardResults)[number], number>>;
  readonly inline: { readonly bytes: number; readonly served: number; readonly refused: number };
}

/** Hints between servers. Set at each scrape; a transport that is not used stays 0. */
export class Hints {
  readonly #sent: Readonly<Record<HintTransportName, Total>>;
  readonly #received: Readonly<Record<HintTransportName, Total>>;
  readonly #dropped: Readonly<Record<HintTransportName, Total>>;
  readonly #failures: Readonly<Record<HintTransportName, Total>>;
  readonly #away: Gauge<'transport'>;
  readonly #heard: Readonly<Record<(typeof heardResults)[number], Total>>;
  readonly #served: Total;
  readonly #refused: Total;
  readonly #inlineBytes: Gauge;

  constructor(registry: Registry) {
    const by = { label: 'transport', values: hintTransports };
    this.#sent = totalsBy(registry, { name: 'hints_sent', help: 'Hints sent.', ...by });
    this.#received = totalsBy(registry, {
      name: 'hints_received',
      help: 'Hints and notifications that came in.',
      ...by,
    });
    this.#dropped = totalsBy(registry, {
      name: 'hints_dropped',
      help: 'Hints not sent, since too many waited or there was no connection. Each costs time only.',
      ...by,
    });
    this.#failures = totalsBy(registry, {
      name: 'hint_failures',
      help: 'Times that a transport of hints failed, and tried again later.',
      ...by,
    });
    this.#away = gaugeBy(registry, {
      name: 'hint_transports_away',
      help: 'Whether the transport is configured, and hints do not get through just now: 1 or 0.',
      label: 'transport',
    });
    this.#heard = totalsBy(registry, {
      name: 'hints_heard',
      help: 'What came of hints that were heard: `believed` without a poll, `polled`, or nothing.',
      label: 'result',
      values: heardResults,
    });
    this.#served = total(registry, {
      name: 'inline_segments',
      help: 'Segments that came inside hints and were delivered without a GET, once for each subscription.',
    });
    this.#refused = total(registry, {
      name: 'inline_segments_refused',
      help: 'Segments that came inside hints, were found bad, and fetched from the bucket.',
    });
    this.#inlineBytes = gauge(registry, {
      name: 'inline_segment_bytes',
      help: 'Segments that came inside hints and are kept just now.',
    });
    this.set(undefined);
  }

  /** One of this name failed: `webhook to https://…` is one of the webhooks. */
  failed(transport: string): void {
    this.#failures[nameOf(transport)].add();
  }

  set(reading: HintsReading | undefined): void {
    for (const name of hintTransports) {
      const some = reading?.transports.filter((transport) => nameOf(transport.name) === name) ?? [];
      this.#sent[name].set(some.reduce((sum, { sent }) => sum + sent, 0));
      this.#received[name].set(some.reduce((sum, { received }) => sum + received, 0));
      this.#dropped[name].set(some.reduce((sum, { dropped }) => sum + dropped, 0));
      this.#away.set({ transport: name }, some.some(({ connected }) => !connected) ? 1 : 0);
    }
    for (const result of heardResults) this.#heard[result].set(reading?.heard[result] ?? 0);
    this.#served.set(reading?.inline.served ?? 0);
    this.#refused.set(reading?.inline.refused ?? 0);
    this.#inlineBytes.set(reading?.inline.bytes ?? 0);
  }
}

function nameOf(transport: string): HintTransportName {
  return hintTransports.find((name) => transport === name || transport.startsWith(`${name} `)) ?? 'other';
}
