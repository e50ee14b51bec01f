/**
 * How old the next segment of a lane is at least, before it has been fetched. A tip (or batch) that says `next` was
 * written, by the store's time, after every segment below `next`; so each rise of `next` leaves a mark, and the first
 * mark above a segment bounds its age from below.
 */
export interface Mark {
  /** Segments `[from, next)` were first heard of together, … */
  readonly from: number;
  readonly next: number;
  /** … and existed at this store time, ms since the epoch. */
  readonly at: number;
}

/** The last update that was taken out of a lane: its segment, and its time. */
export interface LastTaken {
  readonly sequence: number;
  readonly time: number;
}

/** Marks kept for a lane; the two latest become one beyond that, so that what is oldest is known best. */
const mostMarks = 8;

export function rose(marks: readonly Mark[], next: number, at: number): readonly Mark[] {
  const last = marks.at(-1);
  const from = last?.next ?? 0;
  if (next <= from) return marks;
  if (last === undefined || marks.length < mostMarks) return [...marks, { from, next, at }];
  return [...marks.slice(0, -1), { from: last.from, next, at }];
}

/** Without what says nothing of segments from `position` on; the last one stays, to tell what is new from it. */
export function passed(marks: readonly Mark[], position: number): readonly Mark[] {
  if (marks.length < 2 || (marks[0] as Mark).next > position) return marks;
  const kept = marks.findIndex(({ next }) => next > position);
  return kept === -1 ? marks.slice(-1) : marks.slice(kept);
}

/**
 * Store time at which the segment was written, as late as it can have been. Between an update of the same mark and the
 * mark's end it is taken to lie in proportion: else the age of a long backlog would fall to that of its tip whenever
 * its next segment is on its way.
 */
export function latestTime(
  marks: readonly Mark[],
  sequence: number,
  last: LastTaken | undefined,
): number | undefined {
  const mark = marks.find(({ next }) => next > sequence);
  if (mark === undefined) return undefined;
  if (last === undefined || last.sequence < mark.from || last.sequence > sequence) return mark.at;
  const way = (sequence - last.sequence) / Math.max(1, mark.next - 1 - last.sequence);
  return Math.min(mark.at, last.time + (mark.at - last.time) * way);
}
