export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

export type UpdateKind = 'put' | 'delete';

/** What a caller publishes. */
export interface NewUpdate {
  /** What changed: any non-empty string, at most 8 KiB in UTF-8. */
  readonly url: string;
  /** Any JSON value, or bytes. Default `null`; a `delete` carries none. */
  readonly content?: JsonValue | Uint8Array;
  /** Metadata, any JSON value. Default `null`. */
  readonly data?: JsonValue;
  /** Default `put`. */
  readonly kind?: UpdateKind;
}

/** An update as it is delivered. `content` and `data` are parsed when they are first read. */
export interface Update {
  /** 32 hex digits, fixed at `publish()`; the same through retries and repeats. */
  readonly id: string;
  readonly url: string;
  readonly content: JsonValue | Uint8Array;
  readonly data: JsonValue;
  readonly kind: UpdateKind;
  /** The publishing server's name. */
  readonly server: string;
  /** Publication time: wall-clock part of `hlc`, milliseconds since the epoch. */
  readonly time: number;
  /** Hybrid logical clock, 16 hex digits; compares as a string. Ties are broken by `writer`. */
  readonly hlc: string;
  readonly writer: string;
  readonly lane: number;
  readonly sequence: number;
  /** Place inside its segment, from 0. */
  readonly index: number;
}

/**
 * Whether both are one update, perhaps in copies. Objects have all the same place in their server's only lane, so that their
 * ids have to tell them apart; places are compared first, for an id is made of bytes each time.
 */
export function isSameUpdate(a: Update, b: Update): boolean {
  return (
    a.index === b.index &&
    a.sequence === b.sequence &&
    a.lane === b.lane &&
    a.writer === b.writer &&
    a.id === b.id
  );
}
