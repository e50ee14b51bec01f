import type { HintResult } from './hint-result.ts';
import type { HintTransportSnapshot } from './hint-transport.ts';

/** How hints go: plain values, counts since the start. */
export interface HintsSnapshot {
  readonly transports: readonly HintTransportSnapshot[];
  /** Hints that were given to the transports, each counted once. */
  readonly announced: number;
  /** What came of those that were heard. */
  readonly heard: Readonly<Record<HintResult, number>>;
  /** Segments that came inside hints. */
  readonly inline: {
    /** Kept just now. */
    readonly bytes: number;
    /** Delivered without a GET. */
    readonly served: number;
    /** Found bad, and fetched from the bucket. */
    readonly refused: number;
  };
}
