import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import type { NewUpdate } from '../base/update.ts';
import { updateOf } from '../sources/update-line.ts';
import { Refusal } from './refusal.ts';
import { parseStrictJson } from './strict-json.ts';

/** An update as clients write it, `{"url", "content", "data", "kind", "encoding"}`. Throws `invalid-update` or a `Refusal`. */
export function requestUpdate(text: string): NewUpdate {
  const value = parseStrictJson(text);
  try {
    return updateOf(value);
  } catch (cause) {
    if (isBucketcastError(cause) || cause instanceof Refusal) throw cause;
    throw new BucketcastError('invalid-update', (cause as Error).message, { cause });
  }
}
