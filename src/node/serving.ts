import type { Writable } from 'node:stream';
import type { Sink } from '../sinks/sink.ts';
import { WebhookEndpoints } from '../sinks/webhook-endpoints.ts';
import type { Foundation } from './foundation.ts';
import { openSink } from './open-sink.ts';
import type { RunningNode } from './running-node.ts';

/** The subscriptions of the settings, each with its sink. */
export class Serving {
  readonly #foundation: Foundation;
  readonly #sinks: Sink[] = [];
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
    const parts = { output: this.#output, endpoints: this.#endpoints };
    for (const [name, { sink }] of this.#entries)
      this.#sinks.push(await openSink(name, sink, this.#foundation, parts));
  }

  /** Resolves when every subscription exists. */
  async subscribe(node: RunningNode): Promise<void> {
    for (const [index, [name, { sink: _, ...options }]] of this.#entries.entries()) {
      const sink = this.#sinks[index] as Sink;
      await node.subscribe({ name, ...options }, (updates, control) => sink.deliver(updates, control));
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#sinks.map((sink) => sink.close()));
  }

  get #entries() {
    return Object.entries(this.#foundation.settings.subscriptions);
  }
}
