import type { Dispatcher } from 'undici';
import { checkBodySize } from './body-range.ts';

export interface LeanAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** A buffer of its own. */
  readonly body: Uint8Array;
}

export interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of the object asked for, for messages. */
  readonly key: string;
  /** Most bytes of a body that brings an object. */
  readonly maxBytes?: number | undefined;
}

/** Most bytes of the body of an error; S3's have a few hundred. */
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Sends one request and collects the answer, whatever its status.
 *
 * @throws BucketcastError `store-refused` when the body is larger than `maxBytes`, before reading it
 * @throws Error of undici when the connection breaks, or the signal's reason; the socket is then gone
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
): Promise<LeanAnswer> {
  return new Promise((resolve, reject) => {
    const handler = new Exchange(resolve, reject, options);
    if (options.signal !== undefined) handler.watch(options.signal);
    dispatcher.dispatch(request, handler);
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: LeanAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #options: ExchangeOptions;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status = 0;
  #headers: Record<string, string> = {};
  #body = new Uint8Array();
  #at = 0;
  #onAbort: (() => void) | undefined;

  constructor(
    resolve: (answer: LeanAnswer) => void,
    reject: (error: unknown) => void,
    options: ExchangeOptions,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#options = options;
  }

  watch(signal: AbortSignal): void {
    this.#onAbort = () => this.#fail(signal.reason);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection.
    if (this.#settled) controller.abort(new Error('no longer wanted'));
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#settled || status < 200) return;
    this.#status = status;
    this.#headers = headers as Record<string, string>;
    // A list under a name that S3 sends once comes from something in between.
    for (const name in headers) {
      const value = headers[name];
      if (Array.isArray(value)) this.#headers[name] = value[0] ?? '';
    }
    if (status < 300 && this.#options.maxBytes !== undefined) this.#check(this.#announced() ?? 0);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#settled) return;
    if (this.#status < 300) this.#check(this.#at + chunk.byteLength);
    else if (this.#at + chunk.byteLength > MAX_ERROR_BYTES)
      this.#fail(new Error('the answer of an error is too large'));
    if (!this.#settled) this.#collect(chunk);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    this.#settle();
    const length = this.#at;
    // Shorter than announced is an error of undici's; without an announcement the buffer grew in steps.
    const body = length === this.#body.byteLength ? this.#body : this.#body.slice(0, length);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #collect(chunk: Uint8Array): void {
    const end = this.#at + chunk.byteLength;
    if (end > this.#body.byteLength) {
      const wider = new Uint8Array(Math.max(end, this.#announced() ?? 2 * this.#body.byteLength));
      wider.set(this.#body.subarray(0, this.#at));
      this.#body = wider;
    }
    this.#body.set(chunk, this.#at);
    this.#at = end;
  }

  #announced(): number | undefined {
    const length = this.#headers['content-length'];
    return length === undefined ? undefined : Number(length);
  }

  /** Before memory is taken for it. */
  #check(bytes: number): void {
    try {
      checkBodySize(this.#options.key, bytes, this.#options.maxBytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(error);
    // A body that is not wanted goes with its socket: left unread, it would keep the socket from everybody else.
    this.#controller?.abort(error instanceof Error ? error : new Error('no longer wanted'));
  }

  #settle(): void {
    this.#settled = true;
    if (this.#onAbort !== undefined) this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }
}
