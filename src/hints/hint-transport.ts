/** A way that hints travel between servers. It may lose, repeat and reorder them: a lost one costs only time. */
export interface HintTransport {
  /** `redis`, `nats`, `zeromq`, `webhook`, `sqs`. */
  readonly name: string;
  /** Begins to connect, and connects again by itself for ever. Never throws. */
  start(heard: (what: Heard) => void): void;
  /** Does not wait: what cannot go at once waits in a short queue, or is dropped. One that only listens ignores it. */
  send(hint: Uint8Array): void;
  /** Nothing is heard after it resolves. Idempotent. */
  stop(): Promise<void>;
  snapshot(): HintTransportSnapshot;
}

/** What somebody says who may be wrong, or anybody. */
export type Heard =
  /** The bytes of a hint, as another node sent them. */
  | { readonly type: 'hint'; readonly bytes: Uint8Array }
  /** The store's own notification: these keys, as they are in the bucket, have been written. */
  | { readonly type: 'written'; readonly bucket?: string; readonly keys: readonly string[] };

export interface HintTransportSnapshot {
  readonly name: string;
  /** It works as far as it is set up to. */
  readonly connected: boolean;
  /** Whether anything can be heard by it, as it is set up. Default: yes. */
  readonly listens?: boolean;
  readonly sent: number;
  readonly received: number;
  /** Hints that were not sent, since too many waited or there was no connection. */
  readonly dropped: number;
  /** What came and was no hint at all, where the transport can tell. */
  readonly refused?: number;
  /** Why it is not connected, or does not get through; since when, ms. */
  readonly trouble?: { readonly message: string; readonly forMs: number };
}
