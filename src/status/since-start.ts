/** What a node remembers of trouble since its start. */
export interface SinceStart {
  /** Subscriptions that may have missed updates without anybody knowing which, at most 100. */
  readonly unknownLosses: readonly string[];
  /** Segments that will not be delivered to a subscription. */
  readonly lostSegments: number;
  /** Keys in the bucket that did not verify. */
  readonly distrusted: { readonly count: number; readonly lastKey: string | null };
  /** Parts of the node that had to be restarted; `agoMs` is that of the last one. */
  readonly crashes: {
    readonly count: number;
    readonly actor: string | null;
    readonly error: string | null;
    readonly agoMs: number | null;
  };
  readonly threadsLost: number;
  /** Times that something went back which only goes forward, and whose. */
  readonly rewinds: { readonly count: number; readonly lastWriter: string | null };
}
