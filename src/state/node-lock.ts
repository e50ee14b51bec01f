import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BucketcastError } from '../base/errors.ts';
import { stateError } from './sqlite-error.ts';

const lockName = 'node.lock';
const holderName = 'node.pid';
const sqliteBusy = 5;

/** All that this process holds. Out of reach of the garbage collector, which would close them, and so let go of the lock. */
const held = new Set<DatabaseSync>();

/** Held until `release()`, or until the kernel takes it back because the process died. */
export interface NodeLock {
  release(): void;
}

/**
 * Makes this process the one node of a state directory. The lock is an exclusive transaction on an empty SQLite
 * file: SQLite turns it into the kernel's file locks, which die with the process, on every platform and also
 * within one process. The holder's pid lies in a file beside it, because closing any descriptor of the lock's
 * own file would let go of it (POSIX); the pid only words the error and decides nothing.
 *
 * Throws `state-unusable` naming the holder.
 */
export function acquireNodeLock(directory: string): NodeLock {
  const path = join(directory, lockName);
  const database = openLockFile(path);
  try {
    // No journal file either: nothing is ever written.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const failure = stateError(error, path);
    throw failure.details['sqlite'] === sqliteBusy ? takenError(directory) : failure;
  }
  try {
    writeFileSync(
      join(directory, holderName),
      `${JSON.stringify({ pid: process.pid, host: hostname() })}\n`,
      { mode: 0o600 },
    );
  } catch (error) {
    database.close();
    throw stateError(error, join(directory, holderName));
  }
  held.add(database);
  return { release: () => held.delete(database) && database.close() };
}

/** Whether a node runs on this directory. Looks for a moment only, and changes nothing. */
export function isNodeLockHeld(directory: string): boolean {
  const path = join(directory, lockName);
  if (!existsSync(path)) return false;
  try {
    using database = new DatabaseSync(path, { timeout: 0, readOnly: true });
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    const failure = stateError(error, path);
    if (failure.details['sqlite'] === sqliteBusy) return true;
    throw failure;
  }
}

function openLockFile(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: 0 });
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    throw stateError(error, path);
  }
}

function takenError(directory: string): BucketcastError {
  const holder = readHolder(directory);
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`}`;
  return new BucketcastError('state-unusable', `the state directory ${directory} is in use by ${who}`, {
    hint: 'Stop that node first, or give this one a server name (`--server`) or a state directory (`--state`) of its own.',
    details: { path: directory, ...(holder ? { pid: holder.pid } : {}) },
  });
}

/** Absent while the holder has not yet written it. */
function readHolder(directory: string): { readonly pid: number; readonly host: string } | undefined {
  try {
    const { pid, host } = JSON.parse(readFileSync(join(directory, holderName), 'utf8'));
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}
