import { rendezvous } from './rendezvous.ts';

/** Shards that are shown; with more lanes than this the ones not fetched for longest are left out. */
const shownShards = 4096;

/** Gives every shard a thread, and remembers which is where, for people to see. */
export class ShardMap {
  /** In the order of their last use. */
  readonly #places = new Map<string, number>();

  /** The thread of `shard`, out of those that are there. */
  place(shard: string, threads: readonly number[]): number | undefined {
    const thread = rendezvous(shard, threads);
    if (thread === undefined) return undefined;
    this.#places.delete(shard);
    this.#places.set(shard, thread);
    if (this.#places.size > shownShards) this.#places.delete(this.#places.keys().next().value as string);
    return thread;
  }

  /** The shards that a thread was last given, sorted. */
  of(thread: number): string[] {
    const shards = [...this.#places].filter(([, place]) => place === thread).map(([shard]) => shard);
    return shards.sort();
  }
}
