import type { Clock } from '../base/clock.ts';
import { laneKey } from '../log/keys.ts';
import type { Advance, LanePosition } from '../state/state.ts';

/** From one commit to the next, at least, of what a sink has acknowledged by returning: a commit is an fsync. */
const spacingMs = 100;

export interface GroupCommitParts {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** All of the change or none of it; durable when it returns. */
  commit(change: Advance): void;
  /** A commit that nobody waits for could not be made. */
  failed(error: unknown): void;
}

/**
 * Commits acknowledgements together where they follow one another fast: an fsync after each batch would take as long as
 * delivering it. Only positions wait, for what a crash takes of them is delivered again and nothing is lost. Everything
 * else, dead letters first of all, is committed at once, and what waits goes with it in the same transaction.
 */
export class GroupCommit {
  readonly #parts: GroupCommitParts;
  readonly #waiting = new Map<string, LanePosition>();
  #committedAt = Number.NEGATIVE_INFINITY;
  #hurried = false;
  #cancel: (() => void) | undefined;

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
  }

  /** Everything that was acknowledged is committed. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Throws what committing throws; then nothing of it is committed. `soon`: it may wait for what follows. */
  add(change: Advance, when: 'now' | 'soon'): void {
    const waitMs = when === 'now' || !isOnlyPositions(change) ? 0 : this.#waitMs;
    if (waitMs <= 0) {
      this.#commit(change);
      return;
    }
    for (const position of change.positions ?? []) this.#waiting.set(laneKey(position), position);
    this.#cancel ??= this.#parts.clock.after(waitMs, () => this.#ripe());
  }

  /** Commits what waits; throws what that throws. */
  flush(): void {
    if (!this.isEmpty) this.#commit({});
  }

  /** Nothing waits any longer, now and from here on: its subscription stops. */
  hurry(): void {
    this.#hurried = true;
    this.#ripe();
  }

  /** Forgets what waits; it will be delivered again. */
  drop(): void {
    this.#waiting.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Asked for with every batch, since a sink that leaves the event loop no turn keeps the timer from running. */
  get #waitMs(): number {
    return this.#hurried ? 0 : this.#committedAt + spacingMs - this.#parts.clock.monotonic();
  }

  #ripe(): void {
    try {
      this.flush();
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  #commit(change: Advance): void {
    if (this.isEmpty && isNothing(change)) return;
    const positions = new Map(this.#waiting);
    for (const position of change.positions ?? []) positions.set(laneKey(position), position);
    this.#parts.commit({ ...change, positions: [...positions.values()] });
    this.#committedAt = this.#parts.clock.monotonic();
    this.drop();
  }
}

function isOnlyPositions({ positions: _, ...rest }: Advance): boolean {
  return isNothing(rest);
}

function isNothing(change: Advance): boolean {
  return Object.values(change).every((part) => part === undefined || part.length === 0);
}
