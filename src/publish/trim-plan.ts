/**
 * How far a lane may be trimmed, found by walking its segments upwards from `oldest`:
 *
 * | the segment is | then |
 * |---|---|
 * | old | everything up to it may go |
 * | gone | go on; it is passed only if an old one follows |
 * | young | stop; nothing above it goes, even if that is older |
 *
 * Ages are by the store's clock alone: `Date` of the answer minus `LastModified`.
 */
export interface TrimWalk {
  /** The number to look at next. */
  readonly at: number;
  /** Everything below may go. */
  readonly oldest: number;
  /** Store time at which the young segment that ended the walk will be old. */
  readonly dueAt?: number;
}

export interface TrimAge {
  /** Store time of the answer. */
  readonly time: number;
  readonly maxAgeMs: number;
}

export function startWalk(oldest: number): TrimWalk {
  return { at: oldest, oldest };
}

/** `lastModified` of the segment numbered `walk.at`; `undefined` when it is gone. */
export function walkOn(
  walk: TrimWalk,
  lastModified: number | undefined,
  { time, maxAgeMs }: TrimAge,
): TrimWalk {
  if (walk.dueAt !== undefined) return walk;
  const at = walk.at + 1;
  if (lastModified === undefined) return { ...walk, at };
  if (time - lastModified >= maxAgeMs) return { at, oldest: at };
  return { ...walk, dueAt: lastModified + maxAgeMs };
}
