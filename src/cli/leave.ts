import type { Writable } from 'node:stream';
import { systemClock } from '../base/clock.ts';
import type { ExitCode } from './exit-code.ts';

/** What an interrupted command waits for readers to take the rest. */
const lastWordsMs = 500;

/**
 * Lets the process end by itself, with `code`, once nothing is left to do: a command that leaves something open would
 * show. Only one that was told to stop does not wait for ever for a reader that is stuck.
 */
export async function leave(process: NodeJS.Process, code: ExitCode, stopped: AbortSignal): Promise<void> {
  process.exitCode = code;
  if (!stopped.aborted) return;
  const taken = Promise.all([emptied(process.stdout), emptied(process.stderr)]).then(() => true);
  const waited = new AbortController();
  const late = systemClock.sleep(lastWordsMs, waited.signal).then(() => false);
  late.catch(() => {});
  const isTaken = await Promise.race([taken, late]);
  waited.abort();
  if (!isTaken) process.exit(code);
}

/** Resolves when everything written so far has left, or can never leave. */
function emptied(stream: Writable): Promise<void> {
  if (stream.writableLength === 0 || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    stream.write('', () => resolve());
    stream.once('close', () => resolve());
  });
}
