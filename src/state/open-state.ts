import { closeSync, openSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { BucketcastError } from '../base/errors.ts';
import { makeDirectory } from '../base/make-directory.ts';
import { type Random, randomHex } from '../base/random.ts';
import { FactTable } from './fact-table.ts';
import { markerPath, readHostMarker, writeHostMarker } from './host-marker.ts';
import { acquireNodeLock, type NodeLock } from './node-lock.ts';
import { migrate, schemaStanding } from './schema.ts';
import { damagedHint, stateError } from './sqlite-error.ts';
import { SqliteState } from './sqlite-state.ts';
import type { State } from './state.ts';
import { StateDatabase } from './state-database.ts';

const databaseName = 'state.db';
/** Up to this size the whole database is checked when a node starts (about 0.2 s); beyond, damage shows when it is met. */
const checkUpToBytes = 64 * 1024 * 1024;

export interface OpenStateOptions {
  readonly directory: string;
  readonly server: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  /** One `node` at a time; any number of `guest`s beside it, who may record a writer and handle dead letters. */
  readonly role: 'node' | 'guest';
}

/**
 * Opens the state of a server, or begins one in an empty or absent directory (mode 0700, files 0600).
 *
 * Throws `state-unusable`, always with a hint: in use by another node; lost (there was a state, and its database
 * is gone); damaged; of another server; made by a newer version; not readable or writable.
 */
export function openState(options: OpenStateOptions): State {
  const directory = resolve(options.directory);
  prepareDirectory(directory);
  const lock = options.role === 'node' ? acquireNodeLock(directory) : undefined;
  try {
    return openLocked({ ...options, directory }, lock);
  } catch (error) {
    lock?.release();
    throw stateError(error, join(directory, databaseName));
  }
}

/** The same code over a database in memory: nothing outlives the process. */
export function openMemoryState({ clock, random }: Pick<OpenStateOptions, 'clock' | 'random'>): State {
  const database = new StateDatabase(':memory:');
  const hostId = begin(database, 'memory', random);
  return new SqliteState({ database, clock, hostId, description: 'memory' });
}

function openLocked(
  { directory, server, clock, random, role }: OpenStateOptions,
  lock: NodeLock | undefined,
): State {
  const path = join(directory, databaseName);
  const marker = readHostMarker(directory);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (marker && size === 0) throw lostError(directory, path);
  // SQLite gives the files beside the database (-wal, -shm) the mode of the database itself.
  if (size === 0) closeSync(openSync(path, 'a', 0o600));
  const database = new StateDatabase(path);
  try {
    const hostId = bring(database, { directory, server, random, holdsLock: lock !== undefined });
    if (role === 'node' && size <= checkUpToBytes) checkWhole(database);
    if (marker && marker.hostId !== hostId) throw mixedError(directory, marker.hostId, hostId);
    if (!marker) writeHostMarker(directory, { hostId, server });
    return new SqliteState({
      database,
      clock,
      hostId,
      description: directory,
      onClose: () => lock?.release(),
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes the schema current and returns the host id. */
function bring(
  database: StateDatabase,
  {
    directory,
    server,
    random,
    holdsLock,
  }: { directory: string; server: string; random: Random; holdsLock: boolean },
): string {
  const standing = schemaStanding(database);
  if (standing === 'empty') return begin(database, server, random);
  if (standing === 'older') {
    // A guest must not change the schema under a running node of the older version.
    const lock = holdsLock ? undefined : acquireNodeLock(directory);
    try {
      database.transaction(() => migrate(database));
    } finally {
      lock?.release();
    }
  }
  const facts = new FactTable(database);
  const owner = facts.get('server');
  const hostId = facts.get('host-id');
  if (owner === undefined || hostId === undefined)
    throw damagedError(database.path, 'it names no server or host');
  if (owner !== server) throw foreignError(directory, owner, server);
  return hostId;
}

/** Several processes may begin one directory at the same moment; the first one's host id counts. */
function begin(database: StateDatabase, server: string, random: Random): string {
  return database.transaction(() => {
    const facts = new FactTable(database);
    if (schemaStanding(database) !== 'empty') return facts.get('host-id') as string;
    migrate(database);
    const hostId = randomHex(random, 8);
    facts.set('host-id', hostId);
    facts.set('server', server);
    return hostId;
  });
}

function prepareDirectory(directory: string): void {
  try {
    makeDirectory(directory, { mode: 0o700 });
  } catch (error) {
    throw new BucketcastError(
      'state-unusable',
      `the state directory ${directory} could not be made (${(error as Error).message})`,
      {
        hint: 'Choose a directory that this user may write to (`--state`).',
        cause: error,
        details: { path: directory },
      },
    );
  }
}

function checkWhole(database: StateDatabase): void {
  const verdict = database.pragma('quick_check(1)');
  if (verdict !== 'ok') throw damagedError(database.path, String(verdict));
}

function damagedError(path: string, why: string): BucketcastError {
  return new BucketcastError('state-unusable', `the state database ${path} is damaged (${why})`, {
    hint: damagedHint(),
    details: { path },
  });
}

function lostError(directory: string, path: string): BucketcastError {
  return new BucketcastError(
    'state-unusable',
    `the state in ${directory} is lost: ${path} is missing or empty`,
    {
      hint:
        `Restore ${databaseName} from a backup: what was delivered since then comes again. Or delete ` +
        `${markerPath(directory)} to begin anew as a new host: subscriptions then start over, and dead letters are gone.`,
      details: { path },
    },
  );
}

function mixedError(directory: string, marked: string, found: string): BucketcastError {
  return new BucketcastError(
    'state-unusable',
    `the state directory ${directory} is mixed from two hosts: ${markerPath(directory)} names ${marked}, ${databaseName} ${found}`,
    {
      hint: `Restore the ${databaseName} that belongs here, or delete ${markerPath(directory)} to go on with the database as it is.`,
      details: { path: directory },
    },
  );
}

function foreignError(directory: string, owner: string, server: string): BucketcastError {
  return new BucketcastError(
    'state-unusable',
    `the state directory ${directory} belongs to the server ${JSON.stringify(owner)}, not ${JSON.stringify(server)}`,
    {
      hint: 'Give every server a state directory of its own (`--state`), or name this one as before (`--server`).',
      details: { path: directory, server: owner },
    },
  );
}
