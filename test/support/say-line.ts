import { writeSync } from 'node:fs';

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * One line on standard output, out of this process when it returns: what a `kill -9` leaves unsaid was not done. A pipe takes
 * some hundred lines ahead of its reader, and then refuses for a moment.
 */
export function sayLine(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
