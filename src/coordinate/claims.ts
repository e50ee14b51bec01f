import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import { type LaneId, type LaneReach, laneKey, segmentKey } from '../log/keys.ts';
import { joinReach, type KnownLane, type LaneKnowledge } from '../log/lane-knowledge.ts';
import type { CallOptions, HeadAnswer } from '../store/object-store.ts';
import { needsConfirming } from './far-ahead.ts';
import { isDue, laterRetry, type Retry } from './retry-spacing.ts';

export interface ClaimsParts {
  readonly head: (key: string, options: CallOptions) => Promise<HeadAnswer>;
  readonly clock: Clock;
  readonly events: NodeEmitter;
  readonly farAhead: number;
}

/** The tip or batch that says something of lanes. */
export interface ClaimSource {
  readonly key: string;
  /** Store time when it was written, ms since the epoch. */
  readonly writtenAt: number;
}

interface Claim extends KnownLane {
  readonly source: string;
  readonly retry: Retry | undefined;
}

/** What is new of lanes. */
export interface LaneChanges {
  readonly lanes: readonly KnownLane[];
  /** Those that reach further, by `laneKey`, to `next`. */
  readonly advanced: ReadonlyMap<string, number>;
}

/** More doubtful claims than this at once are not remembered; their tips are read again with every poll. */
const maxDoubted = 10_000;

/** What is known of lanes, and what is claimed of them but not yet believed. */
export class Claims {
  readonly #parts: ClaimsParts;
  readonly #known = new Map<string, KnownLane>();
  readonly #doubted = new Map<string, Claim>();
  readonly #changed = new Map<string, KnownLane>();
  readonly #advanced = new Map<string, number>();

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
  }

  get known(): LaneKnowledge {
    return this.#known;
  }

  /** `position`: the furthest that a reader of the lane has come, for lanes of which nothing is known yet. */
  hear(
    writer: string,
    lanes: readonly LaneReach[],
    source: ClaimSource,
    position: (id: LaneId) => number | undefined,
  ): void {
    for (const [lane, reach] of lanes.entries()) {
      const id = { writer, lane };
      const claim = { ...id, ...reach, toldAt: source.writtenAt };
      const known = this.#known.get(laneKey(id))?.next ?? position(id);
      if (!needsConfirming(reach, known, this.#parts.farAhead)) this.#believe(claim);
      else this.#doubt({ ...claim, source: source.key, retry: undefined });
    }
  }

  /**
   * What somebody says who can be believed, and of whom no tip or batch will be looked for: `undefined`, and nothing is believed, when
   * any of it would have to be confirmed. Returns the lanes of which something is new; `takeChanges` has them not.
   */
  told(
    writer: string,
    lanes: readonly LaneReach[],
    writtenAt: number,
    position: (id: LaneId) => number | undefined,
  ): KnownLane[] | undefined {
    const ids = lanes.map((reach, lane) => ({ id: { writer, lane }, reach }));
    const isFar = ids.some(({ id, reach }) => {
      const known = this.#known.get(laneKey(id))?.next ?? position(id);
      return needsConfirming(reach, known, this.#parts.farAhead);
    });
    if (isFar) return undefined;
    return ids.flatMap(({ id, reach }) => this.#join({ ...id, ...reach, toldAt: writtenAt }) ?? []);
  }

  /** Asks the bucket about doubted claims that are due. Throws when the store does not answer. */
  async confirm(signal: AbortSignal): Promise<void> {
    const { clock, events, head } = this.#parts;
    for (const [key, claim] of this.#doubted) {
      const known = this.#known.get(laneKey(claim));
      if (known !== undefined && known.next >= claim.next && known.oldest >= claim.oldest)
        this.#doubted.delete(key);
      else if (isDue(claim.retry, clock.monotonic())) {
        const answer = await head(segmentKey(claim, claim.next - 1), { signal });
        if (answer.status === 'found') {
          this.#doubted.delete(key);
          this.#believe(claim);
          continue;
        }
        this.#doubted.set(key, { ...claim, retry: laterRetry(claim.retry, clock.monotonic()) });
        if (claim.retry !== undefined) continue;
        const reason = `claims ${claim.next} segments of lane ${claim.lane}, but the last of them does not exist`;
        events.emit('distrusted', { key: claim.source, reason });
      }
    }
  }

  /** Forgets the doubts whose tip is no longer listed. */
  keep(isListed: (source: string) => boolean): void {
    for (const [key, { source }] of this.#doubted) if (!isListed(source)) this.#doubted.delete(key);
  }

  /** Lanes of which something is new since the last call, also when the poll in between failed. */
  takeChanges(): LaneChanges {
    const changes = { lanes: [...this.#changed.values()], advanced: new Map(this.#advanced) };
    this.#changed.clear();
    this.#advanced.clear();
    return changes;
  }

  #believe(claim: KnownLane): void {
    const key = laneKey(claim);
    const before = this.#known.get(key)?.next ?? 0;
    const joined = this.#join(claim);
    if (joined === undefined) return;
    this.#changed.set(key, joined);
    if (joined.next > before) this.#advanced.set(key, joined.next);
  }

  #join({ writer, lane, next, oldest, toldAt = 0 }: KnownLane): KnownLane | undefined {
    const key = laneKey({ writer, lane });
    const before = this.#known.get(key) ?? { next: 0, oldest: 0, toldAt };
    if (this.#known.has(key) && next <= before.next && oldest <= before.oldest) return undefined;
    const told = next > before.next ? toldAt : (before.toldAt ?? toldAt);
    const joined = { writer, lane, ...joinReach(before, { next, oldest }), toldAt: told };
    this.#known.set(key, joined);
    // What a poll under way will tell must not be older.
    if (this.#changed.has(key)) this.#changed.set(key, joined);
    return joined;
  }

  #doubt(claim: Claim): void {
    const key = `${laneKey(claim)}:${claim.next}.${claim.oldest}`;
    if (!this.#doubted.has(key) && this.#doubted.size < maxDoubted) this.#doubted.set(key, claim);
  }
}
