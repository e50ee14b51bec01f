import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { closedError } from '../base/errors.ts';
import type { ObjectOutcome, ObjectTask } from '../log/object-reader.ts';
import type { FetchMeter } from './fetch-meter.ts';
import { type ObjectOrder, type ObjectParcel, type ObjectResult, unpackObjects } from './object-parcel.ts';
import { fromPlainError } from './plain-error.ts';

export interface ObjectLineParts {
  readonly meter: FetchMeter;
  /** Hands the thread its end of the line. */
  connect(port: MessagePort): void;
  /** The thread has answered. */
  heard(): void;
}

/** An object that is in the thread, or about to be. */
interface Waiting {
  resolve(outcome: ObjectOutcome): void;
  reject(error: unknown): void;
}

/**
 * The main thread's end of the line by which one worker thread is asked for objects: whatever is asked for in one turn of
 * the event loop goes in one message, and what has arrived comes back in one. Each object is a try of its own all the
 * same, admitted, aborted and failing by itself. Keeps the process alive only while something is under way.
 */
export class ObjectLine {
  readonly #parts: ObjectLineParts;
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #orders: ObjectOrder[] = [];
  #aborted: number[] = [];
  #sendsSoon = false;
  #next = 0;
  #end: Error | undefined;

  constructor(parts: ObjectLineParts) {
    const { port1, port2 } = new MessageChannel();
    this.#parts = parts;
    this.#port = port1;
    port1.on('message', (parcel: ObjectParcel) => this.#hear(parcel));
    port1.unref();
    parts.connect(port2);
  }

  /** One try. An abort reaches into the thread, where it ends the request. */
  async run(task: ObjectTask, signal?: AbortSignal): Promise<ObjectOutcome> {
    if (this.#end !== undefined) throw this.#end;
    if (signal?.aborted) throw closedError('the fetch', signal);
    const id = this.#next;
    this.#next += 1;
    const abort = () => {
      this.#aborted.push(id);
      this.#sendSoon();
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        if (this.#waiting.size === 0) this.#port.ref();
        this.#waiting.set(id, { resolve, reject });
        this.#orders.push({ id, task });
        this.#sendSoon();
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** The thread is gone: everything fails with `error`. */
  close(error: Error): void {
    this.#end ??= error;
    this.#port.close();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) one.reject(error);
  }

  /** Once all promises that are settled just now have had their consequences, more orders among them. */
  #sendSoon(): void {
    if (this.#sendsSoon) return;
    this.#sendsSoon = true;
    process.nextTick(() => this.#send());
  }

  #send(): void {
    this.#sendsSoon = false;
    const orders = this.#orders;
    const aborted = this.#aborted;
    this.#orders = [];
    this.#aborted = [];
    if (this.#end === undefined) this.#port.postMessage({ orders, aborted }, []);
  }

  #hear(parcel: ObjectParcel): void {
    const { meter } = this.#parts;
    this.#parts.heard();
    for (const request of parcel.requests) meter.observe(request);
    meter.threadLate(parcel.lateMs);
    for (const result of unpackObjects(parcel)) this.#settle(result);
    if (this.#waiting.size === 0) this.#port.unref();
  }

  #settle({ id, outcome, error }: ObjectResult): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) {
      waiting?.reject(fromPlainError(error));
      return;
    }
    if (outcome.status === 'fetched') this.#parts.meter.decoded(outcome.record.byteLength);
    waiting?.resolve(outcome);
  }
}
