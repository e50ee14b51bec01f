import type { Update } from '../base/update.ts';
import { DeliveredUpdate, type RecordSource } from '../log/delivered-update.ts';
import { field } from '../log/record-layout.ts';

/**
 * Updates on their way to another thread: a copy of their records, back to back, which changes hands. A record begins with
 * its length, so that nothing has to be said of one that follows another of its segment.
 */
export interface LentUpdates {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly runs: readonly Run[];
}

/** Records that follow each other in one segment. */
interface Run {
  readonly writer: string;
  readonly lane: number;
  readonly sequence: number;
  /** Of the first. */
  readonly index: number;
  count: number;
}

/** A run, and where its records stand in the bytes of its segment. */
interface Piece {
  readonly run: Run;
  readonly source: RecordSource;
  readonly start: number;
  end: number;
}

/** Only of updates that were read from records. */
export function lendUpdates(updates: readonly Update[]): LentUpdates {
  const pieces = piecesOf(updates);
  const total = pieces.reduce((bytes, { start, end }) => bytes + end - start, 0);
  // Of no pool, so that it can be transferred.
  const bytes = Buffer.allocUnsafeSlow(total);
  let at = 0;
  for (const { source, start, end } of pieces) at += source.bytes.copy(bytes, at, start, end);
  return { bytes: new Uint8Array(bytes.buffer), runs: pieces.map(({ run }) => run) };
}

/** The updates as they were lent; their values are parsed when they are read. */
export function readLent({ bytes, runs }: LentUpdates): Update[] {
  const buffer = Buffer.from(bytes.buffer);
  const updates: Update[] = [];
  let at = 0;
  for (const { writer, lane, sequence, index, count } of runs) {
    const source = { bytes: buffer, writer, lane, sequence };
    for (let next = index; next < index + count; next += 1) {
      updates.push(new DeliveredUpdate(source, at, next));
      at += buffer.readUInt32LE(at + field.length);
    }
  }
  return updates;
}

function piecesOf(updates: readonly Update[]): Piece[] {
  const pieces: Piece[] = [];
  let last: Piece | undefined;
  for (const update of updates) {
    const { source, start } = DeliveredUpdate.recordOf(update);
    const end = start + source.bytes.readUInt32LE(start + field.length);
    const { index } = update;
    if (last?.source === source && last.end === start && index === last.run.index + last.run.count) {
      last.run.count += 1;
      last.end = end;
      continue;
    }
    const { writer, lane, sequence } = source;
    last = { run: { writer, lane, sequence, index, count: 1 }, source, start, end };
    pieces.push(last);
  }
  return pieces;
}
