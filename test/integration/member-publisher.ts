import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NewUpdate } from '../../src/base/update.ts';
import type { Published } from '../../src/publish/published.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import type { MemberCommand } from './member-plan.ts';

export interface PublisherParts {
  /** Whose calls these are, in the ledger. */
  readonly name: string;
  readonly publish: (update: NewUpdate) => Promise<Published>;
  readonly write: (entry: LedgerEntry) => void;
  /** An update is durable. */
  readonly progressed: () => void;
}

type Batch = Extract<MemberCommand, { do: 'publish' }>;
type Load = Extract<MemberCommand, { do: 'load' }>;

/** The publishing side of a member: calls `publish()`, and writes down each call before and its answer after. */
export class MemberPublisher {
  readonly #parts: PublisherParts;
  #load: { ended: boolean; readonly loops: Promise<number> } | undefined;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  async some({ prefix, count, bytes, concurrency = count }: Batch): Promise<void> {
    let next = 0;
    const loop = async () => {
      while (next < count) await this.#publish(`${prefix}-${next++}`, bytes);
    };
    await Promise.all(Array.from({ length: concurrency }, loop));
  }

  async files(directory: string): Promise<number> {
    const names = readdirSync(directory).toSorted();
    const all = names.map((name) => {
      const content = new Uint8Array(readFileSync(join(directory, name)));
      const token = `${this.#parts.name}:${name}`;
      return this.#call(token, { url: `https://example.com/${name}`, content, data: { token } });
    });
    await Promise.all(all);
    return names.length;
  }

  load({ prefix, concurrency, bytes }: Load): void {
    let next = 0;
    const loop = async () => {
      while (!load.ended) await this.#publish(`${prefix}-${next++}`, bytes);
    };
    const load = { ended: false, loops: Promise.resolve(0) };
    load.loops = Promise.all(Array.from({ length: concurrency }, loop)).then(() => next);
    this.#load = load;
  }

  async endLoad(): Promise<number> {
    const load = this.#load;
    if (load === undefined) throw new Error('there is no load to end');
    load.ended = true;
    return load.loops;
  }

  async #publish(token: string, bytes = 100): Promise<void> {
    const url = `https://example.com/${token.slice(-2)}`;
    const content = { token, filler: 'x'.repeat(bytes) };
    await this.#call(token, { url, content, data: { token } });
  }

  /** A call that is rejected is a failure of the run, unless the node was stopped. */
  async #call(token: string, update: NewUpdate): Promise<void> {
    const { name, publish, write, progressed } = this.#parts;
    write({ type: 'called', server: name, token, digest: digestOf(update.content) });
    try {
      const { id, writer, lane, sequence } = await publish(update);
      write({ type: 'durable', token, id, writer, lane, sequence });
      progressed();
    } catch (error) {
      const code = String((error as { code?: unknown }).code);
      write({ type: 'rejected', token, code });
      if (code !== 'closed') write({ type: 'failed', what: `${name}: ${token}: ${String(error)}` });
    }
  }
}

/** What content is recognised by, whether JSON or bytes. */
export function digestOf(content: NewUpdate['content']): string {
  const bytes = content instanceof Uint8Array ? content : JSON.stringify(content);
  return createHash('sha256').update(bytes).digest('hex');
}
