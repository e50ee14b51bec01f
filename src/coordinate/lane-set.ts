import type { Update } from '../base/update.ts';
import { MiB } from '../config/units.ts';
import { type LaneId, type LaneReach, laneKey } from '../log/keys.ts';
import type { KnownLane } from '../log/lane-knowledge.ts';
import type { LanePosition } from '../state/state.ts';
import { type Budget, correctedEstimate, type Holdings, planFetches, roomFor } from './fetch-planner.ts';
import { type LastTaken, type Mark, passed, rose } from './lane-age.ts';
import type { LaneEntry } from './lane-entries.ts';
import { type LaneParts, LaneReader } from './lane-reader.ts';
import { isBlockReason, laneTrouble } from './lane-state.ts';
import { type LaneSurvey, surveyLanes } from './lane-survey.ts';
import { LaneTurns } from './lane-turns.ts';
import type { LaneReport } from './subscription-snapshot.ts';
import type { LanesStatus } from './why-waiting.ts';

interface Place {
  readonly sequence: number;
  readonly index: number;
}

interface Lane {
  readonly key: string;
  readonly id: LaneId;
  /** Acknowledged and committed up to here. */
  committed: Place;
  /** Handed to the subscription up to here. */
  taken: Place;
  reach: LaneReach;
  /** Only while there is something to read, so that a thousand silent lanes cost nothing. */
  reader: LaneReader | undefined;
  /** What is known of the age of its segments. */
  marks: readonly Mark[];
  last: LastTaken | undefined;
  estimate: number | undefined;
}

export interface LaneSetOwner {
  readonly name: string;
  changed(): void;
  pollSoon(): void;
}

/** A snapshot's view of the lanes. */
export type Survey = LaneSurvey & { readonly status: LanesStatus };

/** Expected size of a segment before one has been seen: what publishers close a segment at. */
const firstEstimate = MiB;

/** The lanes of one subscription: their places, their readers, and whose turn it is. */
export class LaneSet {
  readonly #owner: LaneSetOwner;
  readonly #parts: LaneParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #active = new Map<string, Lane>();
  readonly #turns = new LaneTurns<Lane>();
  #estimate = firstEstimate;
  #received = { segments: 0, updates: 0 };
  /** When there last was nothing to read, monotonic ms. */
  #openSince = 0;

  constructor(owner: LaneSetOwner, parts: LaneParts) {
    this.#owner = owner;
    this.#parts = parts;
  }

  /** Begins (again) at saved positions, with what is known of the lanes. */
  load(positions: readonly LanePosition[], lanes: Iterable<KnownLane>): void {
    this.close();
    this.#lanes.clear();
    for (const { writer, lane, sequence, index } of positions) {
      const place = { sequence, index };
      this.#lanes.set(laneKey({ writer, lane }), newLane({ writer, lane }, place));
    }
    for (const lane of lanes) this.reach(lane);
  }

  reach(known: KnownLane): void {
    const key = laneKey(known);
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = newLane({ writer: known.writer, lane: known.lane }, { sequence: 0, index: 0 });
      this.#lanes.set(key, lane);
    }
    lane.reach = { next: known.next, oldest: known.oldest };
    if (known.toldAt !== undefined)
      lane.marks = passed(rose(lane.marks, known.next, known.toldAt), lane.committed.sequence);
    if (lane.reader !== undefined) lane.reader.reach(lane.reach);
    else if (lane.taken.sequence < known.next) this.#open(lane);
  }

  polled(startedAt: number): void {
    for (const { reader } of this.#active.values()) reader?.polled(startedAt);
  }

  rekeyed(): void {
    for (const { reader } of this.#active.values()) reader?.rekeyed();
  }

  /** Starts the fetches that the budget allows beside `delivering` bytes. */
  plan(budget: Budget, delivering: number): void {
    this.#look();
    const held = this.#holdings(budget.bytes);
    const holdings = { ...held, heads: held.heads + delivering };
    const room = roomFor(holdings, budget);
    if (room.heads === 0) return;
    const demands = [...this.#turns.wanting(room.heads, room.ahead)].map((lane) => {
      const reader = lane.reader as LaneReader;
      const { head } = reader.state;
      // Where a wrong guess would matter, a lane's first segment comes alone.
      const alone = lane.estimate === undefined && this.#estimate > guessLimit(budget.bytes);
      const wanted = alone ? reader.wanted().filter((sequence) => sequence === head) : reader.wanted();
      return { lane, head, wanted, estimate: this.#estimateOf(lane, budget.bytes) };
    });
    for (const { lane, sequence } of planFetches(demands, holdings, budget)) {
      lane.reader?.fetch(sequence);
      this.#turns.fetched(lane);
    }
  }

  /** The next entries in order, up to `limit` updates of lanes that are free, each asked once; who was served goes to the end of the queue. */
  gather(limit: number, isFree: (lane: string) => boolean): LaneEntry[] {
    const entries: LaneEntry[] = [];
    const served: Lane[] = [];
    let left = limit;
    this.#look();
    for (const lane of this.#turns.ready) {
      if (left <= 0) break;
      if (!isFree(lane.key)) continue;
      const taken = lane.reader?.take(left) ?? [];
      let last: Update | undefined;
      for (const entry of taken) {
        entries.push(entry);
        if (entry.type !== 'update') continue;
        left -= 1;
        last = entry.update;
      }
      const after = taken.at(-1)?.after;
      if (after !== undefined) lane.taken = { sequence: after.sequence, index: after.index };
      if (last !== undefined) lane.last = { sequence: last.sequence, time: last.time };
      served.push(lane);
    }
    for (const lane of served) {
      this.#turns.served(lane);
      this.#retire(lane);
    }
    return entries;
  }

  committed(positions: readonly LanePosition[]): void {
    for (const { writer, lane, sequence, index } of positions) {
      const known = this.#lanes.get(laneKey({ writer, lane }));
      if (known === undefined) continue;
      known.committed = { sequence, index };
      known.marks = passed(known.marks, sequence);
    }
  }

  /** Whether everything below `next` of the lane is acknowledged. */
  covers(id: LaneId, next: number): boolean {
    return (this.#lanes.get(laneKey(id))?.committed.sequence ?? 0) >= next;
  }

  /** Some lane is empty in the bucket, so that it will be forgotten, and not yet acknowledged. */
  get isAtRisk(): boolean {
    for (const { committed, reach } of this.#lanes.values())
      if (committed.sequence < reach.next && reach.oldest >= reach.next) return true;
    return false;
  }

  /** The next segment to acknowledge. */
  position(id: LaneId): number | undefined {
    return this.#lanes.get(laneKey(id))?.committed.sequence;
  }

  /** Nothing known is left to be taken. */
  get idle(): boolean {
    return this.#active.size === 0;
  }

  /** What a snapshot tells; `unacknowledged` is what the sink has of them. */
  survey(budget: Budget, unacknowledged: readonly LaneEntry[], storeTime: number | undefined): Survey {
    this.#look();
    const { heads, ahead, fetches } = this.#holdings(budget.bytes);
    const held = Math.round(heads + ahead);
    const { segments, updates } = this.#received;
    const survey = surveyLanes(this.#lanes, {
      ...inHand(unacknowledged),
      storeTime,
      updatesPerSegment: segments === 0 ? 1 : updates / segments,
      fits: (lane) => heads + ahead + this.#estimateOf(lane, budget.bytes) <= budget.bytes,
    });
    const status = { ...survey.status, openSince: this.#openSince, fetches, bytesHeld: held };
    return { ...survey, status };
  }

  /** Keys of lanes that are blocked. */
  blocked(): string[] {
    const keys: string[] = [];
    for (const [key, { reader }] of this.#active) {
      const trouble = reader?.trouble?.kind;
      if (trouble !== undefined && isBlockReason(trouble)) keys.push(key);
    }
    return keys;
  }

  report(): LaneReport[] {
    return [...this.#lanes.values()].map(({ id, committed, reach, reader }) => ({
      ...id,
      ...committed,
      ...reach,
      trouble: reader && laneTrouble(reader.state),
    }));
  }

  close(): void {
    for (const lane of this.#active.values()) lane.reader?.close();
    this.#active.clear();
    this.#turns.clear();
  }

  #open(lane: Lane): void {
    const owner = {
      name: this.#owner.name,
      place: () => lane.taken,
      changed: () => {
        this.#turns.changed(lane);
        this.#owner.changed();
      },
      pollSoon: () => this.#owner.pollSoon(),
      received: (bytes: number, updates: number) => {
        this.#received.segments += 1;
        this.#received.updates += updates;
        lane.estimate = correctedEstimate(lane.estimate ?? this.#estimate, bytes);
        this.#estimate = correctedEstimate(this.#estimate, bytes);
      },
    };
    lane.reader = new LaneReader(lane.id, lane.reach, owner, this.#parts);
    if (this.#active.size === 0) this.#openSince = this.#parts.clock.monotonic();
    this.#active.set(lane.key, lane);
    this.#turns.changed(lane);
    this.#owner.changed();
  }

  #retire(lane: Lane): void {
    if (lane.reader?.caughtUp !== true) return;
    lane.reader.close();
    lane.reader = undefined;
    this.#active.delete(lane.key);
    this.#turns.changed(lane);
  }

  #look(): void {
    for (const lane of this.#turns.look()) this.#retire(lane);
  }

  #holdings(budget: number): Holdings {
    return this.#turns.holdings(guessed(this.#estimate, budget));
  }

  #estimateOf(lane: Lane, budget: number): number {
    return Math.max(1, lane.estimate ?? guessed(this.#estimate, budget));
  }
}

/** A guess must not make a lane look too large for a small budget: its first segment is what corrects it. */
function guessLimit(budget: number): number {
  return budget / 8;
}

function guessed(estimate: number, budget: number): number {
  return Math.max(1, Math.floor(Math.min(estimate, guessLimit(budget))));
}

function newLane(id: LaneId, place: Place): Lane {
  const reach = { next: 0, oldest: 0 };
  return {
    key: laneKey(id),
    id,
    committed: place,
    taken: place,
    reach,
    reader: undefined,
    marks: [],
    last: undefined,
    estimate: undefined,
  };
}

/** What the sink has not acknowledged, by lane: the time of the first update of each. */
function inHand(entries: readonly LaneEntry[]) {
  const first = new Map<string, number>();
  let updatesInHand = 0;
  for (const entry of entries) {
    if (entry.type !== 'update') continue;
    updatesInHand += 1;
    const key = laneKey(entry.after);
    if (!first.has(key)) first.set(key, entry.update.time);
  }
  return { inHand: first, updatesInHand };
}
