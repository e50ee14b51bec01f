import { inspect } from 'node:util';
import type { JsonValue, Update, UpdateKind } from '../base/update.ts';
import type { ParsedFeed } from './parsed-feed.ts';

/**
 * An update whose content is what its document says: `FeedContent`, so `content.feed.format` tells that it was parsed. All else is
 * the update's own. As with other delivered updates, most fields are getters: spread `update.toJSON()` instead.
 */
export class ParsedUpdate implements Update {
  /** As it was published, with the document. */
  readonly original: Update;
  readonly #parsed: ParsedFeed;

  constructor(original: Update, parsed: ParsedFeed) {
    this.original = original;
    this.#parsed = parsed;
  }

  get content(): JsonValue {
    // JSON by its making, which an interface cannot say of itself.
    return this.#parsed.content as unknown as JsonValue;
  }

  get id(): string {
    return this.original.id;
  }

  get url(): string {
    return this.original.url;
  }

  get data(): JsonValue {
    return this.original.data;
  }

  get kind(): UpdateKind {
    return this.original.kind;
  }

  get server(): string {
    return this.original.server;
  }

  get time(): number {
    return this.original.time;
  }

  get hlc(): string {
    return this.original.hlc;
  }

  get writer(): string {
    return this.original.writer;
  }

  get lane(): number {
    return this.original.lane;
  }

  get sequence(): number {
    return this.original.sequence;
  }

  get index(): number {
    return this.original.index;
  }

  /** A plain object with every field. */
  toJSON(): Record<string, JsonValue> {
    const { id, url, content, data, server, time, kind, hlc, writer, lane, sequence, index } = this;
    return { id, url, content, data, server, time, kind, hlc, writer, lane, sequence, index };
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }
}
