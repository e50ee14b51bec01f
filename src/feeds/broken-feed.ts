import type { BrokenReason } from '../../metrics/feeds.ts';

/** Says why a document cannot be read as a feed. The document is at fault, nothing else. */
export class BrokenFeed extends Error {
  override readonly name = 'BrokenFeed';
  readonly reason: BrokenReason;

  constructor(reason: BrokenReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}
