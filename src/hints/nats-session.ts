import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../base/clock.ts';
import { type BucketcastError, closedError } from '../base/errors.ts';
import { SECOND } from '../config/units.ts';
import type { BrokerSession } from './broker-hints.ts';
import type { NatsServer } from './nats-server.ts';
import { natsTrouble, tooLarge } from './nats-trouble.ts';

export interface NatsSessionParts {
  readonly clock: Pick<Clock, 'after' | 'sleep'>;
  readonly subject: string;
  readonly heard: (hint: Uint8Array) => void;
}

/** For a server to answer. */
const answerMs = 10 * SECOND;

/** A connection that the client has made, and what may end it. */
export class NatsSession implements BrokerSession {
  readonly lost: Promise<BucketcastError>;
  readonly #connection: NatsConnection;
  readonly #server: NatsServer;
  readonly #parts: NatsSessionParts;
  readonly #lose: (reason: BucketcastError) => void;
  /** What the server did not permit last; told with the next answer. */
  #refusal: BucketcastError | undefined;

  /** Resolves when the server has taken the subscription. */
  static async open(
    connection: NatsConnection,
    server: NatsServer,
    parts: NatsSessionParts,
  ): Promise<NatsSession> {
    const session = new NatsSession(connection, server, parts);
    await session.#subscribe();
    return session;
  }

  private constructor(connection: NatsConnection, server: NatsServer, parts: NatsSessionParts) {
    const { promise, resolve } = Promise.withResolvers<BucketcastError>();
    this.lost = promise;
    this.#lose = resolve;
    this.#connection = connection;
    this.#server = server;
    this.#parts = parts;
    void connection.closed().then((error) => this.#end(error));
    void this.#listen();
  }

  async publish(hints: readonly Uint8Array[]): Promise<readonly BucketcastError[]> {
    const mostBytes = this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    const [fitting, others] = split(hints, ({ length }) => length <= mostBytes);
    if (fitting.length > 0) {
      for (const hint of fitting) this.#connection.publish(this.#parts.subject, hint);
      await this.#answered();
      // What the server has said before is handed on in its own time.
      await this.#parts.clock.sleep(0);
    }
    const refusal = this.#refusal;
    this.#refusal = undefined;
    const refused = refusal === undefined ? [] : fitting.map(() => refusal);
    return [...refused, ...others.map(({ length }) => tooLarge(length, mostBytes, this.#server))];
  }

  close(): void {
    this.#end(closedError('the connection'));
  }

  async #subscribe(): Promise<void> {
    this.#connection.subscribe(this.#parts.subject, {
      callback: (error, message) => {
        if (error) this.#end(error);
        else this.#parts.heard(message.data);
      },
    });
    await this.#answered();
  }

  /** The server answers in order: what was sent before has arrived. Rejects once the session is over. */
  async #answered(): Promise<void> {
    const late = new Error(`no answer within ${answerMs} ms`);
    const cancel = this.#parts.clock.after(answerMs, () => this.#end(late));
    const over = this.lost.then((reason) => {
      throw reason;
    });
    try {
      await Promise.race([this.#connection.flush(), over]);
    } catch (error) {
      this.#end(error);
      throw await this.lost;
    } finally {
      cancel();
    }
  }

  async #listen(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'error') this.#refusal = natsTrouble(status.error, this.#server);
    }
  }

  #end(reason: unknown): void {
    this.#lose(natsTrouble(reason ?? this.#refusal, this.#server));
    this.#connection.close().catch(() => {});
  }
}

function split<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
