import type { MessagePort } from 'node:worker_threads';
import { closedError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import { handlerFailure, placeOf } from './handler-failure.ts';
import type { HandlerAck, HandlerCall, HandlerProblem, HandlerReply, HandlerSetup } from './handler-job.ts';
import type { HandlerModule, HandlerPlace } from './handler-module.ts';
import { readLent } from './lent-updates.ts';

/** A handler's thread: has the module called, one call at a time, and tells what came of each. */
export class HandlerService {
  #module: HandlerModule | undefined;
  #place: HandlerPlace = { subscription: '', thread: 0 };
  #acks: MessagePort | undefined;
  #opened: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #controllers = new Map<number, AbortController>();

  async load({ module, acks, ...place }: HandlerSetup): Promise<HandlerProblem> {
    this.#place = place;
    this.#acks = acks;
    acks.unref();
    let loaded: Partial<Record<keyof HandlerModule, unknown>>;
    try {
      loaded = (await import(module)) as typeof loaded;
    } catch (error) {
      return `could not be loaded: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
    }
    if (typeof loaded.default !== 'function')
      return `has no function as its default export, but ${loaded.default === undefined ? 'none' : typeof loaded.default}`;
    for (const name of ['open', 'close'] as const)
      if (loaded[name] !== undefined && typeof loaded[name] !== 'function')
        return `exports \`${name}\` that is no function`;
    this.#module = loaded as HandlerModule;
    return undefined;
  }

  /** Does not throw: what the handler throws is in the reply. */
  deliver({ call, lent }: HandlerCall): Promise<HandlerReply> {
    const controller = new AbortController();
    this.#controllers.set(call, controller);
    const reply = this.#last
      .then(() => this.#call(call, readLent(lent), controller.signal))
      .finally(() => this.#controllers.delete(call));
    this.#last = reply;
    return reply;
  }

  abort(call: number): void {
    this.#controllers.get(call)?.abort(closedError('the subscription'));
  }

  /** Throws what the module's `close` throws. */
  async close(): Promise<void> {
    if (this.#opened !== undefined) await this.#module?.close?.(this.#place);
    // What the module printed reaches the main thread's stream only while this thread lives.
    for (const stream of [process.stdout, process.stderr])
      if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', resolve));
  }

  async #call(call: number, updates: readonly Update[], signal: AbortSignal): Promise<HandlerReply> {
    let acknowledged = 0;
    const ack = (upTo?: Update) => {
      const end = upTo === undefined ? updates.length : placeOf(upTo, updates, acknowledged) + 1;
      if (end <= acknowledged) return;
      acknowledged = end;
      this.#acks?.postMessage({ call, acknowledged } satisfies HandlerAck);
    };
    try {
      signal.throwIfAborted();
      await this.#open();
      await this.#module?.default(updates, { ...this.#place, signal, ack });
      return { acknowledged };
    } catch (error) {
      return { acknowledged, failure: handlerFailure(error, updates) };
    }
  }

  async #open(): Promise<void> {
    this.#opened ??= Promise.resolve(this.#module?.open?.(this.#place));
    try {
      await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }
}
