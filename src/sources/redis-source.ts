import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import { parseRedisUrl, type RedisAddress } from '../base/redis-address.ts';
import { RedisConnection } from '../base/redis-connection.ts';
import { redisTrouble } from '../base/redis-trouble.ts';
import type { RedisSourceSettings } from '../config/source-settings.ts';
import { MiB, SECOND } from '../config/units.ts';
import type { FileTable } from '../state/file-table.ts';
import { FileMessages } from './file-messages.ts';
import { type MessageReader, messageBeginning, type Publish } from './message-reader.ts';
import { MessageWork } from './message-work.ts';
import { RedisList } from './redis-list.ts';
import type { Source, SourceSnapshot } from './source.ts';
import { SourceTrouble } from './source-trouble.ts';
import { UpdateMessages } from './update-messages.ts';

export interface RedisSourceParts {
  /** Of this server; its own part of what is taken from a list carries it. */
  readonly server: string;
  readonly publish: Publish;
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly clock: Clock;
  readonly random: Random;
  /** What is known of files already; shared with watchers and files sinks. */
  readonly files?: Pick<FileTable, 'find' | 'put'>;
  /** Of the settings, for messages: `redis[0]`. */
  readonly path?: string;
  /** For what is under way at a stop, milliseconds. Default: five seconds. */
  readonly drainMs?: number;
}

/** For a server to answer. */
const answerMs = 10 * SECOND;
const reconnect = { baseMs: SECOND, capMs: 30 * SECOND };
/** Between two looks whether a silent channel still has a server behind it. */
const pingMs = 15 * SECOND;
const usualDrainMs = 5 * SECOND;
const maxTaken = { messages: 1_000, bytes: 32 * MiB };
/** Of a channel, which does not wait; what is beyond is dropped, and told. */
const maxHeard = { messages: 10_000, bytes: 64 * MiB };

/**
 * Publishes what a Redis server announces: by a channel, whose messages are missed while nobody hears them, or by a list,
 * whose messages wait and are taken at least once. Connects again for ever.
 */
export class RedisSource implements Source {
  readonly #name: string;
  readonly #address: RedisAddress;
  readonly #channel: string | undefined;
  readonly #list: RedisList;
  readonly #work: MessageWork<unknown>;
  readonly #parts: RedisSourceParts;
  readonly #trouble: SourceTrouble;
  /** Nothing new is taken once it aborts, nothing told to the server any more once the other does. */
  readonly #taking = new AbortController();
  readonly #closing = new AbortController();
  #refused = 0;
  #running: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  /** Throws `invalid-settings` for a URL or a `urlFrom` that is none. */
  constructor(settings: RedisSourceSettings, parts: RedisSourceParts) {
    const { channel, list = '', message } = settings;
    this.#parts = parts;
    this.#channel = channel;
    this.#name = channel === undefined ? `redis list ${list}` : `redis channel ${channel}`;
    this.#address = parseRedisUrl(settings.url, `${parts.path ?? 'redis'}.url`);
    this.#trouble = new SourceTrouble(this.#name, parts.events);
    this.#work = new MessageWork(readerOf(settings, parts), {
      clock: parts.clock,
      random: parts.random,
      onRefused: (refused, reason) => this.#refuse(messageBeginning(refused), reason),
      onTrouble: (error, retryInMs) => this.#trouble.failed('publishing', error, retryInMs),
      onPublished: () => this.#trouble.worksAgain('publishing'),
    });
    const processing = `${list}:bucketcast:${parts.server}`;
    const refused = message === 'update' ? `${processing}:refused` : undefined;
    this.#list = new RedisList(
      { list, processing, refused },
      {
        add: (taken, onEnd) => this.#work.add(taken, onEnd),
        room: () => this.#work.until(maxTaken.messages - 1, maxTaken.bytes),
        idle: () => this.#work.until(0),
      },
      answerMs,
    );
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** What is under way has `drainMs`; what then is not published stays in the list. Of a channel it is lost, and told. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  snapshot(): SourceSnapshot {
    const trouble = this.#trouble.current;
    return {
      name: this.#name,
      pending: this.#work.count,
      published: this.#work.published,
      refused: this.#refused,
      ...(trouble !== undefined && { trouble }),
    };
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#parts;
    const { signal } = this.#taking;
    let attempt = 0;
    const onWorking = () => {
      attempt = 0;
      this.#trouble.worksAgain('connection');
    };
    while (!signal.aborted) {
      try {
        await (this.#channel === undefined ? this.#take(onWorking) : this.#hear(this.#channel, onWorking));
      } catch (error) {
        if (signal.aborted) return;
        const retryInMs = backoffMs(attempt, reconnect, random);
        attempt += 1;
        const trouble = redisTrouble(error, this.#address, 'source-unavailable');
        this.#trouble.failed('connection', trouble, retryInMs);
        await clock.sleep(retryInMs, signal).catch(() => {});
      }
    }
  }

  async #take(onWorking: () => void): Promise<void> {
    const taker = this.#connection(this.#taking.signal);
    const keeper = this.#connection(this.#closing.signal);
    const session = connected(taker, keeper).then(() => this.#list.run(taker, keeper, onWorking));
    // It may wait for messages under way long after its connections are lost; the next one waits for them, too.
    session.catch(() => {});
    try {
      await Promise.race([session, over(taker), over(keeper)]);
    } finally {
      taker.close();
      // At a stop the keeper has yet to remove what is published meanwhile.
      if (!this.#taking.signal.aborted) keeper.close();
    }
  }

  async #hear(channel: string, onWorking: () => void): Promise<void> {
    const connection = this.#connection(this.#taking.signal);
    try {
      await connection.connect();
      await connection.subscribe(channel, (message) => this.#heard(message));
      onWorking();
      const gone = new AbortController();
      void connection.lost.then(() => gone.abort());
      for (;;) {
        await this.#parts.clock.sleep(pingMs, gone.signal).catch(() => {});
        if (!connection.isOpen) throw await connection.lost;
        await connection.send(['PING']);
      }
    } finally {
      connection.close();
    }
  }

  #heard(message: Buffer): void {
    const isFull = this.#work.count >= maxHeard.messages || this.#work.bytes >= maxHeard.bytes;
    if (isFull) this.#refuse(messageBeginning(message), 'was dropped: too many wait to be published');
    else
      this.#work.add(message, (end) => {
        if (end === 'left') this.#refuse(messageBeginning(message), 'was not published before the stop');
      });
  }

  #refuse(what: string, reason: string): void {
    this.#refused += 1;
    this.#parts.events.emit('source-refused', { source: this.#name, what, reason });
  }

  #connection(signal: AbortSignal): RedisConnection {
    return new RedisConnection(this.#address, { clock: this.#parts.clock, timeoutMs: answerMs, signal });
  }

  async #stop(): Promise<void> {
    this.#taking.abort();
    this.#work.hurry();
    const patience = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.after(this.#parts.drainMs ?? usualDrainMs, patience.resolve);
    await Promise.race([this.#work.until(0), patience.promise]);
    cancel();
    await this.#work.stop();
    await this.#list.settled();
    this.#closing.abort();
    await this.#running;
  }
}

function readerOf(settings: RedisSourceSettings, parts: RedisSourceParts): MessageReader<unknown> {
  const { publish, clock, files } = parts;
  const { message, path, urlFrom, deletes, maxBytes } = settings;
  if (message === 'update') return new UpdateMessages({ maxBytes, publish });
  return new FileMessages({ root: path as string, urlFrom, maxBytes, deletes, files, clock, publish });
}

async function connected(...connections: readonly RedisConnection[]): Promise<void> {
  await Promise.all(connections.map((connection) => connection.connect()));
}

async function over(connection: RedisConnection): Promise<never> {
  throw await connection.lost;
}
