import { PoisonError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import { KiB, MiB } from '../config/units.ts';
import { updateLine } from './update-line.ts';

/** Where in the server the updates go. */
export type RedisTarget =
  | { readonly type: 'channel'; readonly name: string }
  | { readonly type: 'stream'; readonly name: string; readonly maxLength: number | undefined };

/** What a server takes as one string, unless it is told otherwise (`proto-max-bulk-len`), and what it takes in any case. */
export const usualLimitBytes = 512 * MiB;
export const leastLimitBytes = 1 * MiB;
/** What goes to the server before its replies are waited for. */
const maxChunkUpdates = 1_000;
const maxChunkBytes = 512 * KiB;

export interface RedisChunk {
  readonly updates: readonly Update[];
  readonly commands: readonly (readonly string[])[];
  /** Of its lines. */
  readonly longestBytes: number;
}

/** The commands for the updates from `from` on: as many as go at once, at least one. */
export function nextChunk(updates: readonly Update[], from: number, target: RedisTarget): RedisChunk {
  const taken: Update[] = [];
  const commands: (readonly string[])[] = [];
  let bytes = 0;
  let longestBytes = 0;
  for (let at = from; at < updates.length && at - from < maxChunkUpdates && bytes < maxChunkBytes; at += 1) {
    const update = updates[at] as Update;
    const command = commandOf(update, target);
    taken.push(update);
    commands.push(command);
    const lineBytes = Buffer.byteLength(command.at(-1) as string);
    bytes += lineBytes;
    longestBytes = Math.max(longestBytes, lineBytes);
  }
  return { updates: taken, commands, longestBytes };
}

/**
 * The chunk up to the first line that the server does not take; for that one it closes the connection, and often loses what it
 * has to say about it. Throws a `PoisonError` where that is the first of all.
 */
export function withinLimit(chunk: RedisChunk, limitBytes: number): RedisChunk {
  if (chunk.longestBytes <= limitBytes) return chunk;
  const end = chunk.commands.findIndex((command) => Buffer.byteLength(command.at(-1) as string) > limitBytes);
  if (end === 0) throw tooLong(chunk.updates[0] as Update, limitBytes);
  return { ...chunk, updates: chunk.updates.slice(0, end), commands: chunk.commands.slice(0, end) };
}

function commandOf(update: Update, target: RedisTarget): readonly string[] {
  const line = lineOf(update);
  if (target.type === 'channel') return ['PUBLISH', target.name, line];
  const { id, url, kind, server } = update;
  const time = new Date(update.time).toISOString();
  const limit = target.maxLength === undefined ? [] : ['MAXLEN', '~', String(target.maxLength)];
  const fields = ['id', id, 'url', url, 'kind', kind, 'server', server, 'time', time, 'update', line];
  return ['XADD', target.name, ...limit, '*', ...fields];
}

function lineOf(update: Update): string {
  try {
    return updateLine(update);
  } catch (error) {
    // Of such a length there are no strings.
    if (error instanceof RangeError) throw tooLong(update, usualLimitBytes, error);
    throw error;
  }
}

function tooLong(update: Update, limitBytes: number, cause?: unknown): PoisonError {
  return new PoisonError(`as JSON longer than the ${limitBytes} bytes that the Redis server takes`, {
    update,
    cause,
    hint: 'See proto-max-bulk-len of the server.',
  });
}
