import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** A new empty directory that is removed when the test process ends. */
export function temporaryDirectory(): string {
  if (made.length === 0) process.once('exit', removeAll);
  const directory = mkdtempSync(join(tmpdir(), 'bucketcast-'));
  made.push(directory);
  return directory;
}

function removeAll(): void {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
}
