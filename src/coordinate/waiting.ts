import type { BlockReason } from './lane-state.ts';

/**
 * Why a subscription is not moving (further, faster) just now; the first that holds, from the top:
 *
 * | reason | meaning |
 * |---|---|
 * | `stopped` | it was told to |
 * | `crashed` | a defect: it begins again from what is saved |
 * | `paused` | its sink failed, and is tried again later |
 * | `delivering` | its sink is at work, or is about to get the next batch (`updates` is 0) |
 * | `acknowledgement` | its sink has returned, and has not acknowledged everything (`ack: 'explicit'`) |
 * | `recovering` | what retention took from some lanes is looked for in a snapshot; they wait, the others go on |
 * | `first-poll` | this process has not seen a complete poll yet, so nothing is known |
 * | `caught-up` | everything known is acknowledged |
 * | `admission` | segments are wanted; requests wait for `limits`, or the share of requests in flight is used up |
 * | `memory` | segments are wanted; the share of `limits.bytesInFlight` is held |
 * | `fetching` | segments are on their way |
 * | `store` | the store does not answer for a segment; it is asked again |
 * | `corrupt-retry` | a segment's bytes are bad; they are fetched again |
 * | `missing-segment` | a segment that should exist is not there; it is waited for |
 * | `blocked` | a segment needs a key, or a newer version, that this node does not have |
 *
 * The last four, and `crashed` of a lane, only when every lane that has something to read is in such trouble: one lane does not hold up another.
 * `forMs`: for how long it has been so.
 */
export type Waiting =
  | { readonly reason: 'stopped' | 'first-poll' | 'caught-up'; readonly forMs: number }
  /** `restartInMs` from now. */
  | {
      readonly reason: 'crashed';
      readonly forMs: number;
      readonly error: string;
      readonly restartInMs: number;
    }
  /** `forMs` since the first of `failures` in a row; `retryInMs` from now. */
  | {
      readonly reason: 'paused';
      readonly forMs: number;
      readonly error: string;
      /** What to do about it, where the sink said so. */
      readonly hint?: string;
      readonly failures: number;
      readonly retryInMs: number;
      /** Of a handler module: some of the lanes that its failing calls hold, `<writer>/<lane>`. The others go on. */
      readonly lanes?: readonly string[];
    }
  /** `updates` handed over; `failures` in a row before this call, since when, and what the last of them said. */
  | {
      readonly reason: 'delivering';
      readonly forMs: number;
      readonly updates: number;
      readonly failures: number;
      readonly failingForMs?: number;
      readonly error?: string;
      readonly hint?: string;
      readonly lanes?: readonly string[];
    }
  /** `lanes` that wait for it. */
  | { readonly reason: 'recovering'; readonly forMs: number; readonly lanes: number }
  /** `updates` not acknowledged. */
  | { readonly reason: 'acknowledgement'; readonly forMs: number; readonly updates: number }
  /** `requestsWaiting` in this host's queue; `fetches` under way or in that queue. */
  | {
      readonly reason: 'admission';
      readonly forMs: number;
      readonly fetches: number;
      readonly requestsWaiting: number;
    }
  | {
      readonly reason: 'memory';
      readonly forMs: number;
      readonly bytesHeld: number;
      readonly shareBytes: number;
    }
  | { readonly reason: 'fetching'; readonly forMs: number; readonly fetches: number }
  /** The lane that has been in trouble longest, by its segment's key; `lanes` in the same trouble. `retryInMs` from now. */
  | {
      readonly reason: 'store' | 'corrupt-retry';
      readonly forMs: number;
      readonly key: string;
      readonly lanes: number;
      readonly tries: number;
      readonly retryInMs: number;
    }
  /** Reported as a gap when patience ends and the segment is still not there. */
  | {
      readonly reason: 'missing-segment';
      readonly forMs: number;
      readonly key: string;
      readonly lanes: number;
      readonly patienceEndsInMs: number;
    }
  | {
      readonly reason: 'blocked';
      readonly forMs: number;
      readonly cause: BlockReason;
      readonly key: string;
      readonly lanes: number;
    };
