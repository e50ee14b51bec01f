import type { Publisher } from 'zeromq';
import type { Clock } from '../base/clock.ts';
import { settledWithin } from '../base/settled-within.ts';
import type { Settings } from '../config/settings.ts';
import { KiB, SECOND } from '../config/units.ts';
import { HintFrames } from './hint-frames.ts';
import { HintOutbox } from './hint-outbox.ts';
import type { HintParts } from './hint-parts.ts';
import type { Heard, HintTransport, HintTransportSnapshot } from './hint-transport.ts';
import { optionalPackage } from './optional-package.ts';
import { bindTrouble, checkEndpoint, endpointOptions } from './zeromq-endpoint.ts';
import { ZeromqPeer } from './zeromq-peer.ts';

type ZeromqHintSettings = NonNullable<Settings['hints']['zeromq']>;
type Zeromq = typeof import('zeromq');
type ZeromqHintParts = Pick<HintParts, 'clock' | 'events'>;

/** For what was announced right before a stop, milliseconds. */
const lingerMs = SECOND / 2;
/** For each server that listens and does not keep up; what is beyond, ZeroMQ drops. */
const mostWaiting = 250;
/** Between two tries of an address that is taken. */
const againMs = 50;

/**
 * Hints straight from server to server: each announces at `bind`, and listens to all of `connect`. Listens there from now on.
 * Throws `invalid-settings`, also where the package is not installed, and `address-taken`.
 */
export async function openZeromqHints(
  settings: ZeromqHintSettings,
  parts: ZeromqHintParts,
): Promise<HintTransport> {
  const { bind, connect } = settings;
  if (bind !== undefined) checkEndpoint(bind, 'hints.zeromq.bind');
  for (const [index, endpoint] of connect.entries())
    checkEndpoint(endpoint, `hints.zeromq.connect[${index}]`);
  const zeromq = await optionalPackage('zeromq', 'hints.zeromq', () => import('zeromq'));
  const announcer = bind === undefined ? undefined : await announcerAt(bind, zeromq, parts.clock);
  return new ZeromqHints(settings, announcer, { ...parts, zeromq });
}

class ZeromqHints implements HintTransport {
  readonly name = 'zeromq';
  readonly #parts: ZeromqHintParts;
  readonly #frames: HintFrames;
  readonly #announcer: Publisher | undefined;
  readonly #peers: readonly ZeromqPeer[];
  readonly #outbox = new HintOutbox();
  #heard: ((what: Heard) => void) | undefined;
  #sent = 0;
  #dropped = 0;
  #sending: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(
    { connect, secret }: ZeromqHintSettings,
    announcer: Publisher | undefined,
    parts: ZeromqHintParts & { readonly zeromq: Zeromq },
  ) {
    this.#parts = parts;
    this.#announcer = announcer;
    const frames = new HintFrames(secret);
    this.#frames = frames;
    const heard = (bytes: Uint8Array) => this.#heard?.({ type: 'hint', bytes });
    this.#peers = connect.map((endpoint) => new ZeromqPeer(endpoint, { ...parts, frames, heard }));
  }

  start(heard: (what: Heard) => void): void {
    if (this.#stopping || this.#heard) return;
    this.#heard = heard;
    for (const peer of this.#peers) peer.start();
  }

  send(hint: Uint8Array): void {
    if (this.#stopping || this.#announcer === undefined) return;
    this.#dropped += this.#outbox.push(hint);
    this.#sending ??= this.#sendAll(this.#announcer);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  snapshot(): HintTransportSnapshot {
    const peers = this.#peers;
    const trouble = peers.map((peer) => peer.trouble).find((found) => found !== undefined);
    return {
      name: this.name,
      // Each may be the only one to tell of what it publishes.
      connected: this.#heard !== undefined && peers.every(({ isHeard }) => isHeard),
      listens: peers.length > 0,
      sent: this.#sent,
      received: peers.reduce((sum, { received }) => sum + received, 0),
      dropped: this.#dropped,
      refused: peers.reduce((sum, { refused }) => sum + refused, 0),
      ...(trouble && { trouble }),
    };
  }

  /** A socket takes one at a time, and does not wait for those that listen. */
  async #sendAll(announcer: Publisher): Promise<void> {
    while (this.#outbox.size > 0) {
      for (const hint of this.#outbox.take()) {
        try {
          await announcer.send(this.#frames.write(hint));
          this.#sent += 1;
        } catch {
          // Closed meanwhile.
          this.#dropped += 1;
        }
      }
    }
    this.#sending = undefined;
  }

  async #stop(): Promise<void> {
    if (this.#sending) await settledWithin(this.#parts.clock, lingerMs, this.#sending);
    this.#heard = undefined;
    // What is under way goes on for as long as it may linger. Taking back the address first would lose some of it.
    this.#announcer?.close();
    await Promise.all(this.#peers.map((peer) => peer.stop()));
  }
}

async function announcerAt(bind: string, { Publisher }: Zeromq, clock: Clock): Promise<Publisher> {
  const announcer = new Publisher({
    ...endpointOptions(bind),
    linger: lingerMs,
    sendHighWaterMark: mostWaiting,
    // Those that listen say no more than that.
    maxMessageSize: KiB,
  });
  try {
    await bound(announcer, bind, clock);
    return announcer;
  } catch (error) {
    announcer.close();
    throw bindTrouble(error, bind, 'hints.zeromq.bind');
  }
}

/** Another announcer that was closed just now keeps the port for a moment. */
async function bound(announcer: Publisher, endpoint: string, clock: Clock): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    try {
      await announcer.bind(endpoint);
      return;
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'EADDRINUSE') throw error;
    }
    await clock.sleep(againMs);
  }
  await announcer.bind(endpoint);
}
