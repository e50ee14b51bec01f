import type { Registry } from 'prom-client';
import { type Total, totalsByTwo } from './totals.ts';

/** Bytes between this node and its store: as they travel, and as updates. */
export class Traffic {
  readonly #bytes: Readonly<Record<'sent' | 'received', Readonly<Record<'wire' | 'decoded', Total>>>>;

  constructor(registry: Registry) {
    this.#bytes = totalsByTwo(registry, {
      name: 'bytes',
      help: 'Bytes by direction and stage. wire: bodies of requests and answers, retries included, without headers and listings; decoded: updates, before they are compressed and after they are decompressed.',
      labels: ['direction', 'stage'],
      values: [
        ['sent', 'received'],
        ['wire', 'decoded'],
      ],
    });
  }

  wire(sent: number, received: number): void {
    this.#bytes.sent.wire.add(sent);
    this.#bytes.received.wire.add(received);
  }

  /** Updates that became durable. */
  encoded(bytes: number): void {
    this.#bytes.sent.decoded.add(bytes);
  }

  /** A segment that was fetched and opened. */
  decoded(bytes: number): void {
    this.#bytes.received.decoded.add(bytes);
  }

  get sentBytes(): number {
    return this.#bytes.sent.wire.value;
  }

  get receivedBytes(): number {
    return this.#bytes.received.wire.value;
  }
}
