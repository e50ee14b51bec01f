import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNodeLockHeld } from './node-lock.ts';
import { stateError } from './sqlite-error.ts';

/** How the command line of the same user reaches the node of a state directory. */
export interface NodeFile {
  readonly pid: number;
  /** `http://127.0.0.1:7480` */
  readonly url: string;
  /** Random for each start, accepted as a bearer token on connections of this machine. */
  readonly token: string;
  /** Wall clock, ms. */
  readonly startedAt: number;
  readonly version: string;
}

/** Whole or not at all, readable by this user alone. Throws `state-unusable`. */
export function writeNodeFile(directory: string, file: NodeFile): void {
  const path = nodeFilePath(directory);
  const temporary = `${path}.${file.pid}`;
  try {
    // What an earlier process of this pid left might be readable by others.
    rmSync(temporary, { force: true });
    writeFileSync(temporary, `${JSON.stringify(file)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw stateError(error, path);
  }
}

/**
 * Undefined when no node runs that left one: also for a file of a node that was killed, and while a node runs that
 * serves no HTTP.
 */
export function readNodeFile(directory: string): NodeFile | undefined {
  const file = parse(directory);
  // A process is asked for first: probing the lock of a directory without a node could get in the way of one that starts.
  return file !== undefined && isAlive(file.pid) && isNodeLockHeld(directory) ? file : undefined;
}

/** Removes the file of this start, not that of a node which has come since. */
export function removeNodeFile(directory: string, { token }: Pick<NodeFile, 'token'>): void {
  if (parse(directory)?.token === token) rmSync(nodeFilePath(directory), { force: true });
}

function nodeFilePath(directory: string): string {
  return join(directory, 'node.json');
}

function parse(directory: string): NodeFile | undefined {
  const path = nodeFilePath(directory);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw stateError(error, path);
  }
  try {
    const { pid, url, token, startedAt, version } = JSON.parse(text);
    const isWhole = typeof pid === 'number' && typeof url === 'string' && typeof token === 'string';
    return isWhole ? { pid, url, token, startedAt: Number(startedAt), version: String(version) } : undefined;
  } catch {
    // A file is written whole; another one is of no use to anybody, and the next start replaces it.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
