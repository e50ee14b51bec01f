import type { Clock } from '../base/clock.ts';
import type { BucketcastError } from '../base/errors.ts';
import { parseRedisUrl, type RedisAddress } from '../base/redis-address.ts';
import { isReply, RedisConnection } from '../base/redis-connection.ts';
import { redisTrouble } from '../base/redis-trouble.ts';
import type { Settings } from '../config/settings.ts';
import { SECOND } from '../config/units.ts';
import { type Broker, BrokerHints, type BrokerParts, type BrokerSession } from './broker-hints.ts';
import type { HintTransport } from './hint-transport.ts';
import { OwnEchoes } from './own-echoes.ts';

type RedisHintSettings = NonNullable<Settings['hints']['redis']>;

/** For a server to answer. */
const answerMs = 10 * SECOND;
/** Between two looks whether a silent channel still has a server behind it. */
const pingMs = 15 * SECOND;

/** Hints through a channel of a Redis server. Throws `invalid-settings` for a URL that is none. */
export async function openRedisHints(
  { url, channel }: RedisHintSettings,
  parts: BrokerParts,
): Promise<HintTransport> {
  const address = parseRedisUrl(url, 'hints.redis.url');
  const broker: Broker = {
    connect: (heard, signal) => RedisSession.open(address, channel, { clock: parts.clock, heard, signal }),
  };
  return new BrokerHints('redis', broker, parts);
}

interface RedisSessionParts {
  readonly clock: Clock;
  readonly heard: (hint: Uint8Array) => void;
  readonly signal: AbortSignal;
}

/** Two connections, for one that has subscribed takes no other commands. */
class RedisSession implements BrokerSession {
  readonly lost: Promise<BucketcastError>;
  readonly #address: RedisAddress;
  readonly #channel: string;
  readonly #listener: RedisConnection;
  readonly #sender: RedisConnection;
  readonly #echoes = new OwnEchoes();
  readonly #over = new AbortController();

  static async open(address: RedisAddress, channel: string, parts: RedisSessionParts): Promise<RedisSession> {
    const session = new RedisSession(address, channel, parts);
    try {
      await session.#connect(parts);
    } catch (error) {
      session.close();
      throw redisTrouble(error, address, 'source-unavailable');
    }
    return session;
  }

  private constructor(address: RedisAddress, channel: string, { clock, signal }: RedisSessionParts) {
    this.#address = address;
    this.#channel = channel;
    this.#listener = new RedisConnection(address, { clock, timeoutMs: answerMs, signal });
    this.#sender = new RedisConnection(address, { clock, timeoutMs: answerMs, signal });
    this.lost = Promise.race([this.#listener.lost, this.#sender.lost]).then((reason) => {
      this.close();
      return redisTrouble(reason, address, 'source-unavailable');
    });
  }

  async publish(hints: readonly Uint8Array[]): Promise<readonly BucketcastError[]> {
    for (const hint of hints) this.#echoes.sent(hint);
    const commands = hints.map((hint) => ['PUBLISH', this.#channel, asBuffer(hint)]);
    const replies = await this.#sender.sendAll(commands);
    const failures = replies.filter((reply) => reply.status === 'rejected');
    if (failures.length > 0) this.#echoes.forgetAll();
    const trouble = ({ reason }: PromiseRejectedResult) =>
      redisTrouble(reason, this.#address, 'source-unavailable');
    const away = failures.find(({ reason }) => !isReply(reason));
    if (away) throw trouble(away);
    return failures.map(trouble);
  }

  close(): void {
    this.#over.abort();
    this.#listener.close();
    this.#sender.close();
  }

  async #connect({ clock, heard }: RedisSessionParts): Promise<void> {
    await Promise.all([this.#listener.connect(), this.#sender.connect()]);
    await this.#listener.subscribe(this.#channel, (message) => {
      if (!this.#echoes.isOwn(message)) heard(message);
    });
    void this.#watch(clock);
  }

  /** A connection that gets no answer ends by itself, and the session with it. */
  async #watch(clock: Clock): Promise<void> {
    while (!this.#over.signal.aborted) {
      const pinged = [this.#listener, this.#sender].map((connection) => connection.send(['PING']));
      await Promise.allSettled(pinged);
      await clock.sleep(pingMs, this.#over.signal).catch(() => {});
    }
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
