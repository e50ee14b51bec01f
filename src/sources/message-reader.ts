import type { NewUpdate } from '../base/update.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import { MessageError } from './message-error.ts';

/** What messages mean: names of files, or updates. */
export interface MessageReader<Known> {
  /** Messages of one key that wait together are one to it: only the last counts. */
  readonly together: boolean;
  /** Wait between a message and its publishing, for others of the same key. */
  readonly settleMs: number;
  /** Keys published at once. */
  readonly atOnce: number;
  /** What the message is about, and what it says. Throws a `MessageError`. */
  parse(message: Buffer): { readonly key: string; readonly known: Known };
  /** Resolves with whether there was anything to publish. Throws a `MessageError`, and whatever `publish` throws. */
  publish(key: string, known: Known, signal: AbortSignal): Promise<boolean>;
}

export type Publish = (update: NewUpdate, options?: PublishOptions) => Promise<Published | Spooled>;

/** A message as a text. Throws a `MessageError` when it is none, or longer than `maxBytes`. */
export function messageText(message: Buffer, maxBytes: number): string {
  if (message.length > maxBytes) throw new MessageError(`has ${message.length} bytes, more than ${maxBytes}`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(message);
  } catch {
    throw new MessageError('is not UTF-8');
  }
}

/** How a message begins, for a log: printable, and short. */
export function messageBeginning(message: Buffer): string {
  const most = 100;
  const text = JSON.stringify(message.subarray(0, most).toString('utf8'));
  return message.length > most ? `${text}…` : text;
}
