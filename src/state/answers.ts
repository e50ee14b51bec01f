/** A request that carried a key, as it is remembered. */
export interface KeyedRequest {
  /** Of the request's body. */
  readonly fingerprint: string;
  /** Absent while nobody knows how it ended. */
  readonly answer?: string;
}

/** How requests with a key ended, so that a repeat gets the same answer; for a day, and within bounds. */
export interface Answers {
  /** Goes into the ids of updates, which must differ from one host to the next. */
  readonly hostId: string;
  /** The request of this key, if there was one before; otherwise remembers this one, durably. */
  begin(key: string, fingerprint: string): KeyedRequest | undefined;
  finish(key: string, answer: string): void;
  /** It came to nothing: the key is free again. */
  forget(key: string): void;
}
