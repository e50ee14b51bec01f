import type { Emitter } from './emitter.ts';
import type { Update } from './update.ts';

/** Everything a node tells its owner about. Emitted once per occurrence; logging is the node's business. */
export interface NodeEvents {
  /** A complete poll: LIST of `tips/` and the batches it named. `advanced`: lanes that reach further than before. */
  poll: { readonly advanced: number; readonly requests: number; readonly durationMs: number };
  /** A try of a request failed, and none has had an answer for some time. The request may still be tried again. */
  'store-away': { readonly error: unknown; readonly forMs: number };
  'poll-failed': { readonly error: unknown; readonly retryInMs: number };
  /** A complete listing of the objects layout. `found`: versions of objects that were new, counted for each subscription. */
  'objects-listed': { readonly found: number; readonly pages: number; readonly durationMs: number };
  'objects-listing-failed': { readonly error: unknown; readonly retryInMs: number };
  /** Segments a subscription will never deliver: `[from, to)` of a lane. Always has a dead letter too. */
  gap: Gap;
  /** So many updates of what retention had taken from a lane, `[from, to)`, came from a snapshot. Its gap was told before. */
  recovered: LaneEvent & {
    readonly from: number;
    readonly to: number;
    readonly updates: number;
    readonly snapshot: string;
  };
  'dead-letter': {
    readonly subscription: string;
    readonly reason: DeadLetterReason;
    readonly id: number;
    readonly message: string;
  };
  /** A lane cannot go on until somebody acts (unknown key, newer format). */
  blocked: LaneEvent & {
    readonly reason: 'unknown-key' | 'newer-format';
    readonly key: string;
    readonly hint: string;
  };
  unblocked: LaneEvent;
  /** A sink failed without blaming an update; the subscription waits and tries again. */
  paused: {
    readonly subscription: string;
    readonly error: unknown;
    readonly retryInMs: number;
    readonly failures: number;
  };
  resumed: { readonly subscription: string };
  /** A sink took a batch without an error; what it acknowledges explicitly may still be open. */
  delivered: { readonly subscription: string; readonly updates: readonly Update[] };
  /** Two machines publish under one name. `hostIds` are the distinct ones seen. */
  twin: { readonly server: string; readonly hostIds: readonly string[]; readonly ours: boolean };
  /**
   * For longer than empty lanes are remembered, the subscription took no note of what the bucket names: it was not read, its
   * sink was paused, or its node was away or lacked a key. What came and went meanwhile is not known.
   */
  'unknown-loss': { readonly subscription: string; readonly awayMs: number };
  /** A tip or batch that did not verify, or claims what the bucket does not bear out; ignored. */
  distrusted: { readonly key: string; readonly reason: string };
  /** A claim of this node ended without having been released; `reason`: `expired`, `taken over`. */
  'claim-lost': { readonly url: string; readonly token: number; readonly reason: string };
  /**
   * Something went back that only goes forward: the tips of a writer in the bucket, or what the state directory
   * knows of its own writers. Mostly a backup was restored, or a directory copied.
   */
  rewound: { readonly kind: 'tip' | 'state'; readonly writer: string };
  /** A segment of ours is durable. `bytes`: of its updates, before they were compressed. */
  'segment-written': {
    readonly writer: string;
    readonly lane: number;
    readonly sequence: number;
    readonly updates: number;
    readonly bytes: number;
  };
  /** `segments`: that it tells of, over all lanes. */
  'tip-written': { readonly writer: string; readonly rev: number; readonly segments: number };
  /** This writer gave up its incarnation and went on as a new one. */
  retired: { readonly writer: string; readonly reason: 'twin' | 'idle' };
  parked: { readonly batch: string; readonly writers: readonly string[] };
  trimmed: { readonly writer: string; readonly lane: number; readonly from: number; readonly to: number };
  merged: { readonly batch: string; readonly batches: readonly string[] };
  /** A snapshot of the index stands in the bucket. `bytes`: as stored. */
  'snapshot-written': {
    readonly snapshot: string;
    readonly urls: number;
    readonly parts: number;
    readonly bytes: number;
    readonly durationMs: number;
  };
  /** None could be written; the one before still counts. Tried again by itself. */
  'snapshot-failed': { readonly error: unknown };
  /** A snapshot, or a part of it, is missing or does not verify; the one before is taken. */
  'snapshot-bad': { readonly snapshot: string; readonly error: unknown };
  /** Entries of a snapshot that `reader`, a subscription or the index, has taken so far. The last has `urls` = `of`. */
  'snapshot-read': {
    readonly reader: string;
    readonly snapshot: string;
    readonly urls: number;
    readonly of: number;
  };
  /** A reader was to begin with a snapshot, and there is none: it begins with the earliest update. */
  'snapshot-none': { readonly reader: string };
  /** An actor threw and is restarted by its supervisor. */
  crashed: { readonly actor: string; readonly error: unknown; readonly restartInMs: number };
  /** A source (`watch /var/feeds`, `redis list new_files`) reads nothing just now; it tries again by itself. */
  'source-failed': { readonly source: string; readonly error: unknown; readonly retryInMs?: number };
  'source-recovered': { readonly source: string };
  /** A source left something out that it was given. `what` is its name, or how it begins; `reason` says what is wrong with it. */
  'source-refused': { readonly source: string; readonly what: string; readonly reason: string };
  /** A transport of hints (`redis`, `nats`, …) is not connected, or nothing gets through; it tries again by itself. */
  'hints-failed': { readonly transport: string; readonly error: unknown; readonly retryInMs?: number };
  'hints-recovered': { readonly transport: string };
  /**
   * By the heartbeats of the fleet something is wrong: a server is silent, an older listing was shown, or the bucket hides what it
   * has taken. `missing`: beats, or segments for `withheld`; `forMs`: for how long nothing was heard.
   */
  'heartbeat-alarm': HeartbeatPlace & {
    readonly missing: number;
    readonly forMs: number;
    /** For `silent`: its tips still come. */
    readonly tipsMove: boolean;
  };
  /** It is over, or the server is no longer expected. */
  'heartbeat-well': HeartbeatPlace;
  /** This server could not write its heartbeat, or not list those of the others; it tries again with the next. */
  'heartbeat-failed': { readonly error: unknown };
  'heartbeat-recovered': object;
  /** HTTP is served there from now on. */
  listening: { readonly url: string };
  /** The node has stopped cleanly, leaving so many updates in the spool. */
  stopped: { readonly spooled: number };
  'thread-lost': { readonly thread: number; readonly error: unknown };
}

export type NodeEmitter = Emitter<NodeEvents>;

export interface HeartbeatPlace {
  readonly kind: 'silent' | 'rewound' | 'frozen' | 'withheld';
  readonly server: string;
  readonly hostId: string;
}

export interface LaneEvent {
  readonly subscription: string;
  readonly writer: string;
  readonly lane: number;
}

/** Why something could not be delivered. */
export type DeadLetterReason =
  /** The handler blamed the update. */
  | 'poison'
  /** The segment's or object's bytes are bad, also when fetched afresh. */
  | 'corrupt'
  /** A segment inside `[oldest, next)` stayed missing; an object that a listing named is not there, or refused. */
  | 'missing'
  /** Retention trimmed the segments before they were read. */
  | 'expired';

export interface Gap extends LaneEvent {
  readonly reason: Exclude<DeadLetterReason, 'poison'>;
  readonly from: number;
  readonly to: number;
  readonly key: string;
}
