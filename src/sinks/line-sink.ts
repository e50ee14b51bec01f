import { isBucketcastError, PoisonError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import { updateLine } from './update-line.ts';

/** Resolves when the text was taken; rejects when it cannot be. */
export type WriteText = (text: string) => Promise<void>;

/**
 * Writes updates as NDJSON, one line each. A batch counts as delivered when the reader's end has taken all of it; an
 * update whose content cannot be read is poison.
 */
export function lineSink(write: WriteText): (updates: readonly Update[]) => Promise<void> {
  return async (updates) => {
    let text = '';
    for (const update of updates) {
      // Lines are built up to a size that a pipe swallows well, not for the whole batch.
      if (text.length >= flushCharacters) {
        await write(text);
        text = '';
      }
      text += `${JSON.stringify(readable(update))}\n`;
    }
    if (text !== '') await write(text);
  };
}

const flushCharacters = 256 * 1024;

function readable(update: Update) {
  try {
    return updateLine(update);
  } catch (cause) {
    if (!isBucketcastError(cause, 'corrupt')) throw cause;
    throw new PoisonError(cause.message, { cause, update });
  }
}
