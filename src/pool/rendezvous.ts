/**
 * Which of `threads` a shard belongs to: the one with the highest hash of both (rendezvous hashing). When a thread
 * goes, only its own shards move; when it comes back, only those return. Undefined without threads.
 */
export function rendezvous(shard: string, threads: readonly number[]): number | undefined {
  const hash = hashText(shard);
  let best: number | undefined;
  let highest = -1;
  for (const thread of threads) {
    const score = mix(hash ^ mix(thread + 1));
    if (score <= highest) continue;
    best = thread;
    highest = score;
  }
  return best;
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** MurmurHash3's finalizer: every bit of the input bears on every bit of the result, 0 … 2^32 − 1. */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
