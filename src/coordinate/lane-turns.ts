import type { Holdings } from './fetch-planner.ts';
import type { LaneReader } from './lane-reader.ts';

/** A lane as far as its turn goes. */
export interface TurnTaker {
  reader: LaneReader | undefined;
  /** Expected decoded size of its next segment, whole bytes, once one has been seen. */
  estimate: number | undefined;
}

/**
 * Whose turn it is, and what all lanes hold together. It looks only at lanes that have changed since the last look, and hands
 * out only as many as can be served, so that a message of one lane costs the same among a thousand others. Each queue is in
 * the order in which lanes were last served, or came, so none waits longer than one round of the others.
 */
export class LaneTurns<Lane extends TurnTaker> {
  readonly #changed = new Set<Lane>();
  /** With entries to deliver; whose next segment is to be fetched; with others to be fetched. */
  readonly #ready = new Set<Lane>();
  readonly #heads = new Set<Lane>();
  readonly #ahead = new Set<Lane>();
  readonly #shares = new Map<Lane, Share>();
  #total = noShare;

  /** Something about the lane is different, and will be looked at. */
  changed(lane: Lane): void {
    this.#changed.add(lane);
  }

  /** Looks at the lanes that have changed, and says which they were. */
  look(): Lane[] {
    const lanes = [...this.#changed];
    this.#changed.clear();
    for (const lane of lanes) this.#look(lane);
    return lanes;
  }

  /** Lanes with something to deliver. To be used up before the next `look`; serving does no harm meanwhile. */
  get ready(): Iterable<Lane> {
    return this.#ready;
  }

  /** The lanes to ask first: at most so many with a head to fetch, and so many with something behind it. */
  wanting(heads: number, ahead: number): Set<Lane> {
    const lanes = new Set(firstOf(this.#heads, heads));
    for (const lane of firstOf(this.#ahead, ahead)) lanes.add(lane);
    return lanes;
  }

  /** Its entries were taken. */
  served(lane: Lane): void {
    this.#ready.delete(lane);
    if (lane.reader?.ready === true) this.#ready.add(lane);
  }

  /** A fetch of it was started. */
  fetched(lane: Lane): void {
    for (const queue of [this.#heads, this.#ahead]) if (queue.delete(lane)) queue.add(lane);
  }

  /** Bytes in memory and on their way; `guess` for each fetch of a lane that has not shown a segment yet. */
  holdings(guess: number): Holdings {
    const { headBytes, aheadBytes, headFetches, aheadFetches, headGuesses, aheadGuesses } = this.#total;
    return {
      heads: headBytes + headGuesses * guess,
      ahead: aheadBytes + aheadGuesses * guess,
      fetches: headFetches + aheadFetches,
      fetchesAhead: aheadFetches,
    };
  }

  clear(): void {
    for (const queue of [this.#changed, this.#ready, this.#heads, this.#ahead, this.#shares]) queue.clear();
    this.#total = noShare;
  }

  #look(lane: Lane): void {
    const { reader } = lane;
    const wanted = reader?.wanted() ?? [];
    const wantsHead = reader !== undefined && wanted[0] === reader.state.head;
    keepIn(this.#ready, lane, reader?.ready === true);
    keepIn(this.#heads, lane, wantsHead);
    keepIn(this.#ahead, lane, wanted.length > (wantsHead ? 1 : 0));
    this.#total = plus(this.#total, this.#shares.get(lane) ?? noShare, -1);
    if (reader === undefined) this.#shares.delete(lane);
    else {
      const share = shareOf(reader, lane.estimate);
      this.#shares.set(lane, share);
      this.#total = plus(this.#total, share, 1);
    }
  }
}

/** Whole numbers, so that what is added and taken away again leaves nothing. */
interface Share {
  readonly headBytes: number;
  readonly aheadBytes: number;
  readonly headFetches: number;
  readonly aheadFetches: number;
  /** Fetches of which nobody knows how much they bring. */
  readonly headGuesses: number;
  readonly aheadGuesses: number;
}

const noShare: Share = {
  headBytes: 0,
  aheadBytes: 0,
  headFetches: 0,
  aheadFetches: 0,
  headGuesses: 0,
  aheadGuesses: 0,
};

function shareOf(reader: LaneReader, estimate: number | undefined): Share {
  const { headBytes, aheadBytes, headFetches, aheadFetches } = reader.holdings;
  const each = estimate ?? 0;
  return {
    headBytes: headBytes + headFetches * each,
    aheadBytes: aheadBytes + aheadFetches * each,
    headFetches,
    aheadFetches,
    headGuesses: estimate === undefined ? headFetches : 0,
    aheadGuesses: estimate === undefined ? aheadFetches : 0,
  };
}

function plus(a: Share, b: Share, sign: 1 | -1): Share {
  return {
    headBytes: a.headBytes + sign * b.headBytes,
    aheadBytes: a.aheadBytes + sign * b.aheadBytes,
    headFetches: a.headFetches + sign * b.headFetches,
    aheadFetches: a.aheadFetches + sign * b.aheadFetches,
    headGuesses: a.headGuesses + sign * b.headGuesses,
    aheadGuesses: a.aheadGuesses + sign * b.aheadGuesses,
  };
}

/** One that is in the queue keeps its place. */
function keepIn<Lane>(queue: Set<Lane>, lane: Lane, belongs: boolean): void {
  if (belongs) queue.add(lane);
  else queue.delete(lane);
}

function firstOf<Lane>(queue: ReadonlySet<Lane>, count: number): Lane[] {
  const lanes: Lane[] = [];
  for (const lane of queue) {
    if (lanes.length >= count) break;
    lanes.push(lane);
  }
  return lanes;
}
