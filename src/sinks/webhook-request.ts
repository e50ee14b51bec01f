import { hash } from 'node:crypto';
import type { Update } from '../base/update.ts';
import type { SinkOf } from '../config/sink-settings.ts';
import { updateLine } from './update-line.ts';

/** What one request carries. */
export interface WebhookRequest {
  readonly updates: readonly Update[];
  /** `{"updates":[…]}` */
  readonly body: Uint8Array;
}

/**
 * Cuts updates into requests, in order; an update that is too large for any goes alone. Each is encoded when its turn
 * comes. Throws `corrupt` when the content or data of an update is not JSON.
 */
export function* requestsOf(
  updates: readonly Update[],
  limits: Pick<SinkOf<'webhook'>, 'updatesPerRequest' | 'maxBodyBytes'>,
): Generator<WebhookRequest> {
  let from = 0;
  let texts: string[] = [];
  let size = frameBytes;
  for (const [at, update] of updates.entries()) {
    const text = updateLine(update);
    const bytes = Buffer.byteLength(text) + 1;
    const full = texts.length >= limits.updatesPerRequest || size + bytes > limits.maxBodyBytes;
    if (texts.length > 0 && full) {
      yield { updates: updates.slice(from, at), body: bodyOf(texts) };
      [from, texts, size] = [at, [], frameBytes];
    }
    texts.push(text);
    size += bytes;
  }
  if (texts.length > 0) yield { updates: updates.slice(from), body: bodyOf(texts) };
}

/**
 * Splits updates into at most `count` chains that may be sent side by side: those of one URL are in one chain, in their
 * order. A URL's chain is always the same, so what is sent again is cut as before.
 */
export function chainsOf(updates: readonly Update[], count: number): readonly (readonly Update[])[] {
  if (count === 1) return [updates];
  const chains = Map.groupBy(updates, ({ url }) => hash('sha256', url, 'buffer').readUInt32BE() % count);
  return [...chains.values()];
}

/** 32 hex digits, the same for the same updates of the same subscription in the same order. */
export function deliveryId(subscription: string, updates: readonly Update[]): string {
  return hash('sha256', [subscription, ...updates.map(({ id }) => id)].join(' ')).slice(0, 32);
}

const [opening, closing] = ['{"updates":[', ']}'];
const frameBytes = opening.length + closing.length;

function bodyOf(texts: readonly string[]): Uint8Array {
  return Buffer.from(opening + texts.join(',') + closing);
}
