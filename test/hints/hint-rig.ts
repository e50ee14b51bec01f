import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import type { BucketcastError } from '../../src/base/errors.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { BrokerParts } from '../../src/hints/broker-hints.ts';
import type { HintTransport } from '../../src/hints/hint-transport.ts';

interface RigParts extends BrokerParts {
  readonly events: Emitter<NodeEvents>;
}

type Open = (parts: BrokerParts) => Promise<HintTransport>;

/** A transport as a node runs it, and what comes of it. Stopped with the test. */
export class HintRig {
  readonly transport: HintTransport;
  readonly parts: RigParts;
  /** What was heard: of texts what they say, of others how many bytes. */
  readonly heard: string[] = [];
  readonly failures: BucketcastError[] = [];
  readonly #signal: AbortSignal;
  #changed = Promise.withResolvers<void>();
  recoveries = 0;
  last: Uint8Array = new Uint8Array();

  /** Started, and connected unless told otherwise. */
  static async start(t: TestContext, open: Open, { connected = true } = {}): Promise<HintRig> {
    const events = new Emitter<NodeEvents>();
    // Chance decides how long to wait: hardly.
    const random = { ...systemRandom, float: () => 0.01 };
    const parts = { clock: systemClock, random, events };
    const rig = new HintRig(await open(parts), parts, t.signal);
    t.after(() => rig.transport.stop());
    rig.transport.start((what) => rig.#hear(what.type === 'hint' ? what.bytes : new Uint8Array()));
    if (connected) await rig.until(() => rig.transport.snapshot().connected);
    return rig;
  }

  private constructor(transport: HintTransport, parts: RigParts, signal: AbortSignal) {
    const { events } = parts;
    this.parts = parts;
    this.#signal = signal;
    this.transport = transport;
    events.on('hints-failed', ({ error }) => {
      this.failures.push(error as BucketcastError);
      this.#change();
    });
    events.on('hints-recovered', () => {
      this.recoveries += 1;
      this.#change();
    });
  }

  send(...hints: (string | Uint8Array)[]): void {
    for (const hint of hints) this.transport.send(typeof hint === 'string' ? Buffer.from(hint) : hint);
  }

  /** Resolves once it holds; looks whenever something has happened, and now and then. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      this.#signal.throwIfAborted();
      const timer = setTimeout(() => this.#change(), 20);
      await this.#changed.promise;
      clearTimeout(timer);
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #hear(bytes: Uint8Array): void {
    this.last = bytes;
    this.heard.push(bytes.length < 100 ? Buffer.from(bytes).toString() : `${bytes.length} bytes`);
    this.#change();
  }
}

/** Listens, and never says a word. `reached` resolves when somebody has come. */
export async function silentServer(
  t: TestContext,
): Promise<{ port: number; reached: Promise<unknown>; left: Promise<unknown> }> {
  const left = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('close', () => left.resolve())
      .resume();
    t.after(() => socket.destroy());
  });
  t.after(() => server.close());
  const reached = once(server, 'connection');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, reached, left: left.promise };
}
