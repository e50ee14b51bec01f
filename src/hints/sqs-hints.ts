import { backoffMs } from '../base/backoff.ts';
import { SECOND } from '../config/units.ts';
import type { HintParts } from './hint-parts.ts';
import type { Heard, HintTransport, HintTransportSnapshot } from './hint-transport.ts';
import { notificationText } from './notification-text.ts';
import { longestWait, openSqsQueue, type Queue, type QueueMessage, type SqsSettings } from './sqs-queue.ts';
import { sqsTrouble } from './sqs-trouble.ts';
import { TransportTrouble } from './transport-trouble.ts';

const retry = { baseMs: SECOND, capMs: 60 * SECOND };
/** A queue that does not wait, as it was asked to, is not asked more often than this. */
const leastMs = SECOND;

export type SqsParts = Pick<HintParts, 'clock' | 'random' | 'events' | 'store'>;

/** Event notifications of the bucket, from a queue of this server's own. Throws what `openSqsQueue` throws. */
export async function openSqsHints(settings: SqsSettings, parts: SqsParts): Promise<SqsHints> {
  return new SqsHints(await openSqsQueue(settings, parts.store), settings, parts);
}

/**
 * Asks a queue for messages, again and again, and deletes what it has told of. A message that comes twice, since it could not be
 * deleted, costs a poll at most.
 */
export class SqsHints implements HintTransport {
  readonly name = 'sqs';
  readonly #queue: Queue;
  readonly #queueUrl: string;
  readonly #parts: Omit<SqsParts, 'store'>;
  readonly #trouble: TransportTrouble;
  readonly #controller = new AbortController();
  #running: Promise<void> | undefined;
  #connected = false;
  #received = 0;
  #refused = 0;

  constructor(queue: Queue, { queueUrl }: Pick<SqsSettings, 'queueUrl'>, parts: Omit<SqsParts, 'store'>) {
    this.#queue = queue;
    this.#queueUrl = queueUrl;
    this.#parts = parts;
    this.#trouble = new TransportTrouble(this.name, parts);
  }

  start(heard: (what: Heard) => void): void {
    this.#running ??= this.#run(heard);
  }

  /** The store itself announces. */
  send(): void {}

  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#running;
    this.#connected = false;
    this.#queue.close();
  }

  snapshot(): HintTransportSnapshot {
    const trouble = this.#trouble.snapshot();
    return {
      name: this.name,
      connected: this.#connected,
      sent: 0,
      received: this.#received,
      dropped: 0,
      refused: this.#refused,
      ...(trouble !== undefined && { trouble }),
    };
  }

  async #run(heard: (what: Heard) => void): Promise<void> {
    const { clock, random } = this.#parts;
    const { signal } = this.#controller;
    for (let failures = 0; !signal.aborted; ) {
      try {
        // The first answer, and the one after a failure, says at once whether the queue can be read.
        const messages = await this.#receive(this.#connected ? longestWait : 0);
        this.#tell(messages, heard);
        if (messages.length > 0) await this.#queue.delete(messages, signal);
        failures = 0;
        this.#trouble.recovered();
      } catch (error) {
        if (signal.aborted) return;
        this.#connected = false;
        const ms = backoffMs(failures, retry, random);
        failures += 1;
        this.#trouble.failed(sqsTrouble(error, this.#queueUrl), ms);
        await clock.sleep(ms, signal).catch(() => {});
      }
    }
  }

  async #receive(waitSeconds: number): Promise<readonly QueueMessage[]> {
    const { clock } = this.#parts;
    const { signal } = this.#controller;
    const begun = clock.monotonic();
    const messages = await this.#queue.receive(waitSeconds, signal);
    this.#connected = true;
    const isTooQuick = waitSeconds > 0 && messages.length === 0 && clock.monotonic() - begun < leastMs;
    if (isTooQuick) await clock.sleep(leastMs, signal);
    return messages;
  }

  #tell(messages: readonly QueueMessage[], heard: (what: Heard) => void): void {
    for (const { body } of messages) {
      if (this.#controller.signal.aborted) return;
      const written = notificationText(body);
      if (written === undefined) this.#refused += 1;
      else this.#received += 1;
      for (const keys of written ?? []) heard({ type: 'written', ...keys });
    }
  }
}
