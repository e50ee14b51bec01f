import type { FeedContent, FeedFormat } from './feed-content.ts';

/** What a document says, as a thread has written it; parsed again, into values, only when it is read. */
export class ParsedFeed {
  readonly format: FeedFormat;
  #json: Buffer | undefined;
  #content: FeedContent | undefined;

  constructor(format: FeedFormat, json: Buffer) {
    this.format = format;
    this.#json = json;
  }

  get content(): FeedContent {
    this.#content ??= JSON.parse((this.#json as Buffer).toString('utf8')) as FeedContent;
    this.#json = undefined;
    return this.#content;
  }
}
