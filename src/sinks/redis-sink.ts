import { type Clock, systemClock } from '../base/clock.ts';
import { closedError } from '../base/errors.ts';
import { parseRedisUrl, type RedisAddress } from '../base/redis-address.ts';
import { isReply, RedisConnection } from '../base/redis-connection.ts';
import { redisTrouble } from '../base/redis-trouble.ts';
import type { Update } from '../base/update.ts';
import type { SinkOf } from '../config/sink-settings.ts';
import {
  leastLimitBytes,
  nextChunk,
  type RedisTarget,
  usualLimitBytes,
  withinLimit,
} from './redis-commands.ts';
import type { Sink, SinkControl } from './sink.ts';

export interface RedisSinkParts {
  readonly clock?: Pick<Clock, 'after'>;
  /** Of the setting, for messages: `subscriptions.web.sink`. */
  readonly path?: string;
}

/**
 * PUBLISHes updates to a channel of a Redis server, or XADDs them to a stream, one after the other over one connection and
 * without waiting for each reply. What has its reply is acknowledged, up to the first that has none. The connection is
 * opened by the first delivery, and by the next one after a failure; the server's trouble is `sink-unavailable`.
 */
export class RedisSink implements Sink {
  readonly #address: RedisAddress;
  readonly #target: RedisTarget;
  readonly #timeoutMs: number;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #closing = new AbortController();
  #connection: RedisConnection | undefined;

  /** Throws `invalid-settings` for a URL that is none. */
  constructor(settings: SinkOf<'redis'>, parts: RedisSinkParts = {}) {
    const { channel, stream, maxLength } = settings;
    this.#address = parseRedisUrl(settings.url, `${parts.path ?? 'sink'}.url`);
    this.#target =
      channel === undefined
        ? { type: 'stream', name: stream as string, maxLength }
        : { type: 'channel', name: channel };
    this.#timeoutMs = settings.timeoutMs;
    this.#clock = parts.clock ?? systemClock;
  }

  async deliver(updates: readonly Update[], control: SinkControl): Promise<void> {
    const isOver = () => control.signal.aborted || this.#closing.signal.aborted;
    if (isOver()) throw closedError('the delivery', control.signal);
    // Commands on their way cannot be called back: an abort costs the connection, and whatever arrived comes again.
    const abort = () => this.#connection?.close();
    control.signal.addEventListener('abort', abort, { once: true });
    try {
      const connection = await this.#connected();
      for (let done = 0; done < updates.length; ) {
        if (isOver()) throw closedError('the delivery', control.signal);
        done += await this.#deliverChunk(connection, updates, done, control);
      }
    } catch (error) {
      throw redisTrouble(error, this.#address, 'sink-unavailable');
    } finally {
      control.signal.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  async #connected(): Promise<RedisConnection> {
    if (this.#connection?.isOpen) return this.#connection;
    const parts = { clock: this.#clock, timeoutMs: this.#timeoutMs, signal: this.#closing.signal };
    this.#connection = new RedisConnection(this.#address, parts);
    await this.#connection.connect();
    return this.#connection;
  }

  async #deliverChunk(
    connection: RedisConnection,
    updates: readonly Update[],
    from: number,
    control: SinkControl,
  ): Promise<number> {
    const next = nextChunk(updates, from, this.#target);
    const chunk = next.longestBytes <= leastLimitBytes ? next : withinLimit(next, await limitOf(connection));
    const replies = await connection.sendAll(chunk.commands);
    const failed = replies.findIndex(({ status }) => status === 'rejected');
    const taken = failed < 0 ? chunk.updates.length : failed;
    const last = chunk.updates[taken - 1];
    if (last !== undefined) control.ack(last);
    if (failed >= 0) throw (replies[failed] as PromiseRejectedResult).reason;
    return taken;
  }
}

/** Longest string that the server takes, bytes. */
async function limitOf(connection: RedisConnection): Promise<number> {
  try {
    const [, value] = (await connection.send(['CONFIG', 'GET', 'proto-max-bulk-len'])) as (
      | Buffer
      | undefined
    )[];
    return value === undefined ? usualLimitBytes : Number(value.toString());
  } catch (error) {
    // Not everybody may ask.
    if (isReply(error)) return usualLimitBytes;
    throw error;
  }
}
