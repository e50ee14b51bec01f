import type { Writable } from 'node:stream';
import type { SinkSettings } from '../config/sink-settings.ts';
import type { Sink } from '../sinks/sink.ts';
import { WebhookEndpoints } from '../sinks/webhook-endpoints.ts';
import type { Foundation } from './foundation.ts';
import { openHandler } from './open-handler.ts';
import { openSink } from './open-sink.ts';
import type { RunningNode } from './running-node.ts';
import type { Taker } from './subscribing.ts';

type Subscription = Foundation['settings']['subscriptions'][string];
/** A sink, or the threads of a handler module. */
type OpenSink = Taker & Pick<Sink, 'close'>;

/** The subscriptions of the settings, each with its sink. */
export class Serving {
  readonly #foundation: Foundation;
  readonly #sinks: OpenSink[] = [];
  readonly #output: Writable;
  readonly #endpoints: WebhookEndpoints;

  constructor(foundation: Foundation, output: Writable) {
    this.#foundation = foundation;
    this.#output = output;
    this.#endpoints = new WebhookEndpoints(foundation.clock);
  }

  /** Webhook endpoints that are left alone just now. */
  get brokenEndpoints(): number {
    return this.#endpoints.broken;
  }

  /** Opens every sink before the first delivery: what is wrong with one of them shows at the start. Throws `invalid-settings`. */
  async open(): Promise<void> {
    for (const [name, subscription] of this.#entries)
      this.#sinks.push(await this.#openSink(name, subscription));
  }

  /** Resolves when every subscription exists. */
  async subscribe(node: RunningNode): Promise<void> {
    for (const [index, [name, { sink: _, handler: __, ...options }]] of this.#entries.entries())
      await node.subscribe({ name, ...options }, this.#sinks[index] as OpenSink);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#sinks.map((sink) => sink.close()));
  }

  async #openSink(name: string, { sink, handler, parse }: Subscription): Promise<OpenSink> {
    if (handler !== undefined) {
      const setting = `subscriptions.${name}.handler`;
      return openHandler({ handler, setting, name, ack: 'auto', parse }, this.#foundation);
    }
    const parts = { output: this.#output, endpoints: this.#endpoints };
    // One of them is there, says `mismatches.ts`.
    const opened = await openSink(name, sink as SinkSettings, this.#foundation, parts);
    return {
      deliver: (updates, control) => opened.deliver(updates, control),
      close: () => opened.close(),
    };
  }

  get #entries() {
    return Object.entries(this.#foundation.settings.subscriptions);
  }
}
