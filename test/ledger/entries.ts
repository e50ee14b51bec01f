/**
 * What a test writes down while it runs: plain values, so that processes can write them as NDJSON.
 * A `token` names one call of `publish()`; the update carries it in `data.token`.
 * A `reader` is one subscription of one server; it lives through restarts, each of which is a `session`.
 */
export type LedgerEntry =
  | { readonly type: 'called'; readonly server: string; readonly token: string; readonly digest: string }
  | Durable
  | Spooled
  | { readonly type: 'rejected'; readonly token: string; readonly code: string }
  | Subscribed
  | Delivered
  | Acknowledged
  | Lost
  | { readonly type: 'dead'; readonly reader: string; readonly token: string }
  /** The sink is through with the update: from here on it may be acknowledged. */
  | { readonly type: 'accepted'; readonly reader: string; readonly token: string }
  | Replayed
  | Recovered
  | Filled
  /** It was reported that the reader was away for too long: whatever was published before may be lost to it. */
  | { readonly type: 'unknown-loss'; readonly reader: string }
  /** Something happened that must never happen. */
  | { readonly type: 'failed'; readonly what: string };

/** `publish()` resolved. */
export interface Durable {
  readonly type: 'durable';
  readonly token: string;
  readonly id: string;
  readonly writer: string;
  readonly lane: number;
  readonly sequence: number;
}

/** `publish()` resolved with the update on its server's disk only. Where it stands in the bucket is seen by its deliveries. */
export interface Spooled {
  readonly type: 'spooled';
  readonly token: string;
  readonly id: string;
}

/** The subscription exists. `start` holds the lanes that it does not read from 0. */
export interface Subscribed {
  readonly type: 'subscribed';
  readonly reader: string;
  readonly server: string;
  readonly start: readonly Place[];
}

export interface Delivered extends Place {
  readonly type: 'delivered';
  readonly reader: string;
  readonly session: number;
  readonly token: string;
  readonly id: string;
  readonly digest: string;
  /** Its publication time, ms since the epoch. */
  readonly time?: number;
}

/** The position that is durable from here on: everything before this place is acknowledged. */
export interface Acknowledged extends Place {
  readonly type: 'acknowledged';
  readonly reader: string;
}

/** A dead letter, or part of a reported loss, was delivered after all, outside of the lane's order. */
export interface Replayed {
  readonly type: 'replayed';
  readonly reader: string;
  readonly token: string;
  readonly digest: string;
}

/** An update of a loss that came from a snapshot. */
export interface Recovered extends Place {
  readonly type: 'recovered';
  readonly reader: string;
  readonly token: string;
  readonly digest: string;
}

/** All that a snapshot has of `[from, to)`, which was lost, is dealt with. */
export interface Filled {
  readonly type: 'filled';
  readonly reader: string;
  readonly writer: string;
  readonly lane: number;
  readonly from: number;
  readonly to: number;
  readonly snapshot: string;
}

/** A reported loss: `[from, to)` of a lane will not be delivered. */
export interface Lost {
  readonly type: 'lost';
  readonly reader: string;
  readonly writer: string;
  readonly lane: number;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export interface Place {
  readonly writer: string;
  readonly lane: number;
  readonly sequence: number;
  readonly index: number;
}
