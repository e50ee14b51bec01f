import { writeSync } from 'node:fs';
import { exitCode } from './exit-code.ts';
import { errorFacts } from './log.ts';

/**
 * Ends the process at once after an error that nobody has caught: whatever threw it may be in any state, while
 * what is saved is as after a crash. One line of JSON, like the log's, says what it was; at every log level, for without
 * it nobody would know why the process is gone.
 */
export function endOnCrash(process: NodeJS.Process, now: () => number): void {
  process.on('uncaughtException', (error: unknown) => {
    const line = {
      level: 60,
      time: new Date(now()).toISOString(),
      err: errorFacts(error),
      msg: 'ended by an unexpected error',
    };
    try {
      // Not through the stream, which would lose it in the exit.
      writeSync(2, `${JSON.stringify(line)}\n`);
    } catch {}
    process.exit(exitCode.failed);
  });
}
