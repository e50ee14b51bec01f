import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { BroadcastChannel, type Worker } from 'node:worker_threads';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { JsonValue, Update } from '../../src/base/update.ts';
import { encodeRecord, updateReader } from '../../src/log/record.ts';
import type { DecodedSegment } from '../../src/log/segment.ts';
import { type HandlerOptions, HandlerPool } from '../../src/pool/handler-pool.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { exited } from './pool-rig.ts';

let channels = 0;

/** What a handler module says with `say(…)`, in order. */
export class Sayings {
  readonly said: JsonValue[] = [];
  readonly #channel: BroadcastChannel;
  #waiting: { readonly isEnough: () => boolean; readonly go: () => void } | undefined;
  readonly preamble: string;

  constructor(t: TestContext) {
    channels += 1;
    const name = `handler-${process.pid}-${channels}`;
    this.preamble = `const channel = new BroadcastChannel('${name}');\nconst say = (what: unknown) => channel.postMessage(what);\n`;
    this.#channel = new BroadcastChannel(name);
    this.#channel.addEventListener('message', (event) => {
      this.said.push((event as unknown as { readonly data: JsonValue }).data);
      if (this.#waiting?.isEnough()) this.#waiting.go();
    });
    t.after(() => this.#channel.close());
  }

  /** Resolves when so many have come. */
  until(isEnough: () => boolean): Promise<void> {
    if (isEnough()) return Promise.resolve();
    return new Promise((go) => {
      this.#waiting = { isEnough, go };
    });
  }

  /** A module of TypeScript that can `say` something. */
  module(source: string): string {
    const path = join(temporaryDirectory(), 'handler.ts');
    writeFileSync(path, `${this.preamble}${source}`);
    return path;
  }
}

/** A pool that ends with the test, with all of its threads. */
export async function openPool(t: TestContext, module: string, options: Partial<HandlerOptions> = {}) {
  const gone: Promise<void>[] = [];
  const seen = (worker: Worker) => void gone.push(exited(worker));
  process.on('worker', seen);
  const parts = { clock: systemClock, random: new SeededRandom(1), logger: silentLogger };
  const whole: HandlerOptions = {
    name: 'index',
    threads: 1,
    ack: 'auto',
    ...options,
    module: pathToFileURL(module).href,
  };
  t.after(() => process.off('worker', seen));
  const pool = await HandlerPool.open(whole, parts);
  t.after(async () => {
    await pool.close();
    await Promise.all(gone);
  });
  return pool;
}

/** Updates of one segment of `lane`. */
export function updatesOf(urls: readonly string[], lane = 0): Update[] {
  const records = urls.map((url, n) =>
    encodeRecord({ url, content: { n } }, { id: String(n).padStart(32, '0'), hlc: BigInt(n + 1) << 16n }),
  );
  const bytes = new Uint8Array(Buffer.concat(records));
  const offsets = new Uint32Array(records.length + 1);
  for (const [index, record] of records.entries())
    offsets[index + 1] = (offsets[index] as number) + record.length;
  const header = { lane, sequence: 7, count: urls.length } as DecodedSegment['header'];
  const segment = { header, bytes, offsets, storedBytes: bytes.length };
  const read = updateReader(segment, 'web~host~writer');
  return urls.map((_, index) => read(index));
}

/** What a call is controlled by, and what it acknowledged. */
export function control() {
  const acknowledged: (string | undefined)[] = [];
  const first = Promise.withResolvers<void>();
  const controller = new AbortController();
  const ack = (upTo?: Update) => {
    acknowledged.push(upTo?.url);
    first.resolve();
  };
  return { acknowledged, first: first.promise, controller, ack, signal: controller.signal };
}
