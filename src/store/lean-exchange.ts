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
  /** Of a body whose length is not announced. */
  readonly #chunks: Uint8Array[] = [];
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
    // A 304 may announce the length of what it leaves away.
    if (status !== 304) this.#check(this.#announced() ?? 0);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#settled) return;
    this.#check(this.#at + chunk.byteLength);
    if (!this.#settled) this.#collect(chunk);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    this.#settle();
    // Shorter than announced is an error of undici's.
    const body = this.#chunks.length === 0 ? this.#body : joined(this.#chunks, this.#at);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #collect(chunk: Uint8Array): void {
    const length = this.#announced();
    if (length === undefined) {
      this.#chunks.push(chunk);
    } else {
      if (this.#at === 0) this.#body = new Uint8Array(length);
      this.#body.set(chunk, this.#at);
    }
    this.#at += chunk.byteLength;
  }

  #announced(): number | undefined {
    const length = this.#headers['content-length'];
    return length === undefined ? undefined : Number(length);
  }

  /** Before memory is taken for it. The body of an error that is too large is left away: the status says enough. */
  #check(bytes: number): void {
    if (this.#status < 300) {
      try {
        checkBodySize(this.#options.key, bytes, this.#options.maxBytes);
      } catch (error) {
        this.#fail(error);
      }
    } else if (bytes > MAX_ERROR_BYTES) {
      this.#settle();
      this.#resolve({ status: this.#status, headers: this.#headers, body: new Uint8Array() });
      this.#controller?.abort(new Error('no longer wanted'));
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

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}
