import { rendezvous } from './rendezvous.ts';

/** Shards that are shown; with more lanes than this the ones not fetched for longest are left out. */
const shownShards = 4096;
/** Jobs at its thread from which a shard is helped out by another: fewer keep no thread from its work for long. */
const crowdedFrom = 8;

/** A thread that is there, and its jobs: those it does and those that wait for it. */
export interface ThreadJobs {
  readonly id: number;
  readonly jobs: number;
}

/**
 * Gives every shard a thread, and remembers which is where, for people to see. That is its home by rendezvous hashing,
 * unless the home is crowded and another thread has less than half as much to do: so one long lane is read by all threads,
 * and two that share a home do not wait for each other while a thread idles.
 */
export class ShardMap {
  /** The threads that work for each shard; the shards in the order of their last use. */
  readonly #places = new Map<string, readonly number[]>();

  /** The thread for the next job of `shard`, out of those that are there. */
  place(shard: string, threads: readonly ThreadJobs[]): number | undefined {
    const ids = threads.map(({ id }) => id);
    const homeId = rendezvous(shard, ids);
    const home = threads.find(({ id }) => id === homeId);
    if (home === undefined) return undefined;
    const thread = isCrowded(home) ? leastBusy(home, threads) : home;
    // Threads that help stay with the shard while its home is crowded.
    const before = isCrowded(home) ? (this.#places.get(shard) ?? []).filter((id) => ids.includes(id)) : [];
    this.#remember(shard, [home.id, ...before, thread.id]);
    return thread.id;
  }

  /** The shards that a thread works for or last did, sorted. */
  of(thread: number): string[] {
    const shards = [...this.#places].filter(([, places]) => places.includes(thread)).map(([shard]) => shard);
    return shards.sort();
  }

  #remember(shard: string, threads: readonly number[]): void {
    this.#places.delete(shard);
    this.#places.set(shard, [...new Set(threads)]);
    if (this.#places.size > shownShards) this.#places.delete(this.#places.keys().next().value as string);
  }
}

function isCrowded({ jobs }: ThreadJobs): boolean {
  return jobs >= crowdedFrom;
}

function leastBusy(home: ThreadJobs, threads: readonly ThreadJobs[]): ThreadJobs {
  const least = threads.reduce((best, thread) => (thread.jobs < best.jobs ? thread : best));
  return least.jobs * 2 < home.jobs ? least : home;
}
