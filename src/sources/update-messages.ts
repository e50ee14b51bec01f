import type { NewUpdate } from '../base/update.ts';
import { MessageError } from './message-error.ts';
import { type MessageReader, messageText, type Publish } from './message-reader.ts';
import { parseUpdateLine } from './update-line.ts';

export interface UpdateMessagesParts {
  /** Longest message, bytes. */
  readonly maxBytes: number;
  readonly publish: Publish;
}

/** Messages that are updates as JSON, as `bucketcast publish --ndjson` takes them. Those of one URL keep their order. */
export class UpdateMessages implements MessageReader<NewUpdate> {
  readonly together = false;
  readonly settleMs = 0;
  readonly atOnce = 256;
  readonly #parts: UpdateMessagesParts;

  constructor(parts: UpdateMessagesParts) {
    this.#parts = parts;
  }

  parse(message: Buffer): { readonly key: string; readonly known: NewUpdate } {
    const text = messageText(message, this.#parts.maxBytes);
    try {
      const known = parseUpdateLine(text);
      return { key: known.url, known };
    } catch (error) {
      throw new MessageError((error as Error).message, { cause: error });
    }
  }

  async publish(_key: string, update: NewUpdate, signal: AbortSignal): Promise<boolean> {
    await this.#parts.publish(update, { signal });
    return true;
  }
}
