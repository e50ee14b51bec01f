import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BucketcastError } from '../base/errors.ts';

const markerName = 'host.json';

/**
 * Written beside the database once that exists, and never removed: it says that there was a state here.
 * A marker without its database is lost state, which must never be taken for a first start.
 */
export interface HostMarker {
  readonly hostId: string;
  readonly server: string;
}

export function markerPath(directory: string): string {
  return join(directory, markerName);
}

export function readHostMarker(directory: string): HostMarker | undefined {
  const path = markerPath(directory);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { hostId, server } = JSON.parse(text);
    if (typeof hostId === 'string' && typeof server === 'string') return { hostId, server };
  } catch {
    // Falls through: not JSON is as damaged as JSON of another shape.
  }
  throw new BucketcastError('state-unusable', `${path} is damaged`, {
    hint: 'Delete this one file: it is written again from the database beside it.',
    details: { path },
  });
}

/** Whole or not at all, and on the disk when it returns. */
export function writeHostMarker(directory: string, marker: HostMarker): void {
  const path = markerPath(directory);
  const temporary = `${path}.${process.pid}`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(file, `${JSON.stringify(marker)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(directory);
}

function syncDirectory(directory: string): void {
  // Windows can neither open nor sync a directory, and needs neither.
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
