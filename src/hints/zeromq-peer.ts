import type { Event, Subscriber } from 'zeromq';
import { BucketcastError } from '../base/errors.ts';
import { SECOND } from '../config/units.ts';
import type { HintFrames } from './hint-frames.ts';
import { maxHintBytes } from './hint-parts.ts';
import { TransportTrouble, type TroubleParts } from './transport-trouble.ts';
import { endpointOptions } from './zeromq-endpoint.ts';

export interface ZeromqPeerParts extends TroubleParts {
  readonly zeromq: Pick<typeof import('zeromq'), 'Subscriber'>;
  readonly frames: HintFrames;
  readonly heard: (hint: Uint8Array) => void;
}

/** Hints of a peer that wait to be looked at. What is beyond, the peer drops. */
const mostWaiting = 1_000;

/** Another server that is listened to, on a socket of its own: so it is known which of them is away. ZeroMQ connects again. */
export class ZeromqPeer {
  readonly #endpoint: string;
  readonly #parts: ZeromqPeerParts;
  readonly #trouble: TransportTrouble;
  readonly #socket: Subscriber;
  #isConnected = false;
  #isRefusing = false;
  #received = 0;
  #refused = 0;
  #running: Promise<unknown> | undefined;

  constructor(endpoint: string, parts: ZeromqPeerParts) {
    this.#endpoint = endpoint;
    this.#parts = parts;
    this.#trouble = new TransportTrouble(`zeromq from ${endpoint}`, parts);
    this.#socket = new parts.zeromq.Subscriber({
      ...endpointOptions(endpoint),
      linger: 0,
      receiveHighWaterMark: mostWaiting,
      maxMessageSize: maxHintBytes,
      reconnectInterval: SECOND,
      reconnectMaxInterval: 30 * SECOND,
      // A connection whose other end is gone without a word would be silent for ever.
      heartbeatInterval: 10 * SECOND,
      heartbeatTimeout: 20 * SECOND,
    });
  }

  /** Connected, and what comes can be believed as far as any hint. */
  get isHeard(): boolean {
    return this.#isConnected && !this.#isRefusing;
  }

  get received(): number {
    return this.#received;
  }

  get refused(): number {
    return this.#refused;
  }

  get trouble(): ReturnType<TransportTrouble['snapshot']> {
    return this.#trouble.snapshot();
  }

  start(): void {
    this.#running = Promise.all([this.#watch(), this.#listen()]);
    try {
      this.#socket.subscribe();
      this.#socket.connect(this.#endpoint);
    } catch (error) {
      this.#failed(error);
    }
  }

  async stop(): Promise<void> {
    this.#socket.close();
    await this.#running;
    this.#isConnected = false;
  }

  async #watch(): Promise<void> {
    for await (const event of this.#socket.events) {
      if (this.#socket.closed) return;
      this.#noted(event);
    }
  }

  #noted(event: Event): void {
    if (event.type === 'handshake') {
      this.#isConnected = true;
      this.#works();
    } else if (event.type === 'connect:retry') {
      this.#isConnected = false;
      this.#failed(undefined, event.interval);
    } else if ('error' in event) {
      this.#isConnected = false;
      this.#failed(event.error);
    }
  }

  async #listen(): Promise<void> {
    for await (const frames of this.#socket) {
      if (this.#socket.closed) return;
      const hint = this.#parts.frames.read(frames);
      if (hint === undefined) this.#refuse();
      else {
        this.#received += 1;
        if (this.#isConnected) this.#works();
        this.#parts.heard(hint);
      }
    }
  }

  #works(): void {
    this.#isRefusing = false;
    this.#trouble.recovered();
  }

  /** Whoever sends decides how many there are; the first says it all. */
  #refuse(): void {
    this.#refused += 1;
    if (this.#isRefusing) return;
    this.#isRefusing = true;
    const message = `hints of ${this.#endpoint} carry another secret, or none`;
    this.#trouble.failed(
      new BucketcastError('source-unavailable', message, {
        hint: 'hints.zeromq.secret has to be the same on all servers.',
      }),
    );
  }

  #failed(error: unknown, retryInMs?: number): void {
    const why = error instanceof Error ? ` (${error.message})` : '';
    this.#trouble.failed(
      new BucketcastError('source-unavailable', `ZeroMQ at ${this.#endpoint} is not connected${why}`, {
        hint: 'Does the node there run, with this port in its hints.zeromq.bind, and can it be reached?',
        ...(error !== undefined && { cause: error }),
      }),
      retryInMs,
    );
  }
}
