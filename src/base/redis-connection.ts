import { createClient, ErrorReply, RESP_TYPES } from 'redis';
import type { Clock } from './clock.ts';
import { closedError } from './errors.ts';
import type { RedisAddress } from './redis-address.ts';

export interface RedisConnectionParts {
  readonly clock: Pick<Clock, 'after'>;
  /** For the connection to stand, and for every answer. */
  readonly timeoutMs: number;
  /** Ends the connection in whatever it is doing. */
  readonly signal: AbortSignal;
}

type Client = ReturnType<typeof newClient>;

/**
 * One connection to a Redis server. It is used until it fails, and then another one is opened: nothing is queued while it
 * is away, no command is ever sent twice. What is wrong is thrown as it comes (see `redisTrouble`). Strings of replies are buffers.
 */
export class RedisConnection {
  /** Resolves with the reason once the connection is over; never rejects. */
  readonly lost: Promise<unknown>;
  readonly #client: Client;
  readonly #sockets = new AbortController();
  readonly #parts: RedisConnectionParts;
  readonly #lose: (reason: unknown) => void;
  #over: { readonly reason: unknown } | undefined;

  /** Not connected yet: see `connect`. */
  constructor(address: RedisAddress, parts: RedisConnectionParts) {
    this.#parts = parts;
    this.#client = newClient(address, parts.timeoutMs, this.#sockets.signal);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.lost = promise;
    this.#lose = resolve;
    this.#client.on('error', (error) => this.#end(error));
    if (parts.signal.aborted) this.#onAbort();
    else parts.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get isOpen(): boolean {
    return this.#over === undefined;
  }

  /** Resolves when the server has accepted user and password, and commands can go. Once. */
  async connect(): Promise<void> {
    if (this.#over) throw this.#over.reason;
    const [result] = await this.#within(this.#parts.timeoutMs, () => [this.#client.connect()]);
    if (result?.status !== 'rejected') return;
    this.#end(result.reason);
    throw this.#reason(result.reason);
  }

  /** Throws the server's error reply, or why there is no reply. `timeoutMs`: for a command that blocks. */
  async send(args: readonly (string | Buffer)[], timeoutMs = this.#parts.timeoutMs): Promise<unknown> {
    const [reply] = await this.#within(timeoutMs, () => [this.#command(args)]);
    if (reply?.status === 'rejected') throw reply.reason;
    return reply?.value;
  }

  /** Sends all at once. Resolves when each has its reply, or there will be none. */
  sendAll(commands: readonly (readonly (string | Buffer)[])[]): Promise<PromiseSettledResult<unknown>[]> {
    return this.#within(this.#parts.timeoutMs, () => commands.map((args) => this.#command(args)));
  }

  /** Resolves when the server has taken the subscription. */
  async subscribe(channel: string, listener: (message: Buffer) => void): Promise<void> {
    const subscribed = () => [this.#client.subscribe(channel, listener, true)];
    const [reply] = await this.#within(this.#parts.timeoutMs, subscribed);
    if (reply?.status === 'rejected') throw this.#reason(reply.reason);
  }

  /** At once; what has no reply yet gets none. Idempotent. */
  close(reason: unknown = closedError('the connection')): void {
    this.#end(reason);
  }

  readonly #onAbort = (): void => this.#end(closedError('the connection', this.#parts.signal));

  async #command(args: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      return await this.#client.sendCommand([...args]);
    } catch (error) {
      throw this.#reason(error);
    }
  }

  /** Whatever the client says of a connection that is over, the reason why it is over says more. */
  #reason(error: unknown): unknown {
    return this.#over === undefined || isReply(error) ? error : this.#over.reason;
  }

  /** A server that answers nothing for so long is given up with its connection: its answers could belong to anything. */
  async #within<Reply>(
    timeoutMs: number,
    start: () => Promise<Reply>[],
  ): Promise<PromiseSettledResult<Reply>[]> {
    const cancel = this.#parts.clock.after(timeoutMs, () => this.#end(new RedisTimeout(timeoutMs)));
    try {
      return await Promise.allSettled(start());
    } finally {
      cancel();
    }
  }

  #end(reason: unknown): void {
    if (this.#over !== undefined) return;
    this.#over = { reason };
    this.#parts.signal.removeEventListener('abort', this.#onAbort);
    // The client forgets a socket that is still connecting; the signal reaches that one, too.
    this.#client.destroy();
    this.#sockets.abort();
    this.#lose(reason);
  }
}

class RedisTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
  }
}

/** Whether the server itself said so, in reply to a command. */
export function isReply(error: unknown): error is ErrorReply {
  return error instanceof ErrorReply;
}

function newClient(address: RedisAddress, connectTimeout: number, signal: AbortSignal) {
  const { host, port, tls, username, password, database } = address;
  const socket = { host, port, connectTimeout, reconnectStrategy: false as const, signal };
  return createClient({
    // RESP2 and no greetings: what a server of any age understands.
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    socket: tls ? { ...socket, tls } : socket,
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}
