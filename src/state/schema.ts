import { BucketcastError } from '../base/errors.ts';
import type { StateDatabase } from './state-database.ts';

/** Marks the file as ours in SQLite's header: `file state.db` and a check before we touch anything. */
export const applicationId = 0x42636173;

/**
 * Step i takes a database from version i to i + 1 (`PRAGMA user_version`). Steps are never edited once
 * released; a change is a new step.
 */
const steps: readonly string[] = [
  `
  -- host-id, server, fleet-id, last-poll-at
  CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE writers (
    id INTEGER PRIMARY KEY,
    writer TEXT NOT NULL UNIQUE,
    lanes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    parked INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX writers_unparked ON writers (id) WHERE parked = 0;

  -- AUTOINCREMENT: the id of a dropped subscription never comes back to life under another name.
  CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    start TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE positions (
    subscription INTEGER NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    writer TEXT NOT NULL,
    lane INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (subscription, writer, lane)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX positions_by_lane ON positions (writer, lane);

  CREATE TABLE seen_batches (
    subscription INTEGER NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    batch TEXT NOT NULL,
    PRIMARY KEY (subscription, batch)
  ) STRICT, WITHOUT ROWID;

  -- By name, not id: dead letters outlive their subscription until somebody drops them.
  CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription TEXT NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    writer TEXT NOT NULL,
    lane INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    end_sequence INTEGER NOT NULL,
    place INTEGER,
    key TEXT NOT NULL,
    url TEXT,
    update_id TEXT,
    created_at INTEGER NOT NULL,
    replay INTEGER NOT NULL DEFAULT 0,
    bytes BLOB
  ) STRICT;
  CREATE INDEX dead_letters_replay ON dead_letters (id) WHERE replay = 1;
  `,
  `
  -- Store time, ms. Until now the node had one such time for all; a subscription was made after a poll, so without it the
  -- moment of its making (wall clock) is the best that is known. What was missed unnoticed before stays so.
  ALTER TABLE subscriptions ADD COLUMN current_at INTEGER NOT NULL DEFAULT 0;
  UPDATE subscriptions SET current_at =
    coalesce((SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'last-poll-at'), created_at);
  DELETE FROM facts WHERE name = 'last-poll-at';
  `,
  `
  -- How requests with an Idempotency-Key ended; no answer yet: unknown. Ids give the order of making.
  CREATE TABLE answers (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    answer TEXT,
    bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  -- All of them are added up when the first request comes.
  CREATE INDEX answers_by_bytes ON answers (bytes);
  `,
  `
  -- Updates on their way to the bucket. AUTOINCREMENT: rows are read on from where the last page ended, so none may come
  -- back. An id is kept apart only where a caller chose it: the others cannot repeat, and their index would cost more
  -- than the records.
  CREATE TABLE spool (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    accepted_at INTEGER NOT NULL,
    given_id TEXT,
    record BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX spool_given ON spool (given_id) WHERE given_id IS NOT NULL;
  CREATE TABLE spool_totals (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    updates INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO spool_totals VALUES (1, 0, 0);
  `,
  `
  -- What every scrape of the metrics asks, without reading the letters themselves.
  CREATE INDEX dead_letters_standing ON dead_letters (reason, subscription, created_at);
  `,
  `
  -- What stands in files that are watched, or written by a sink. digest: NULL for a file that is known to be gone;
  -- pending: what is about to stand there, '' for about to be deleted, NULL for nothing of the kind.
  -- told: the URL was told by a rule, which may be another one tomorrow; otherwise it came with an update.
  CREATE TABLE files (
    path TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    digest TEXT,
    pending TEXT,
    hlc TEXT NOT NULL,
    writer TEXT NOT NULL,
    stamp TEXT,
    told INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX files_by_url ON files (url, path);
  `,
  `
  ALTER TABLE subscriptions ADD COLUMN layout TEXT NOT NULL DEFAULT 'log';

  -- Without a subscription: its start set is being saved, and what there is of it counts for nothing.
  CREATE TABLE object_readers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription INTEGER UNIQUE REFERENCES subscriptions ON DELETE CASCADE
  ) STRICT;
  CREATE TABLE object_seen (
    reader INTEGER NOT NULL REFERENCES object_readers ON DELETE CASCADE,
    digest BLOB NOT NULL,
    PRIMARY KEY (reader, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE object_pending (
    reader INTEGER NOT NULL REFERENCES object_readers ON DELETE CASCADE,
    id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    key TEXT NOT NULL,
    size INTEGER NOT NULL,
    last_modified INTEGER NOT NULL,
    PRIMARY KEY (reader, id)
  ) STRICT, WITHOUT ROWID;
  -- Every scrape of the metrics asks for the oldest.
  CREATE INDEX object_pending_by_age ON object_pending (reader, last_modified);
  `,
  `
  -- Disks that fold case take files for one whose names differ in nothing else.
  CREATE INDEX files_by_folded_path ON files (lower(path));
  `,
  `
  -- Of which store and prefix it knows the objects; NULL until it runs next.
  ALTER TABLE object_readers ADD COLUMN place TEXT;
  `,
  `
  -- The newest update of each URL. key: 16 bytes of the URL's SHA-256. stamp: 8 bytes, what the clock counts as; hlc: as it was
  -- published, where that differs. body: data and content, NULL when too large to be kept; then digest is there.
  -- The widest column is the last, so that the others are read without it.
  CREATE TABLE newest (
    row INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    stamp BLOB NOT NULL,
    hlc BLOB,
    writer INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    place INTEGER NOT NULL,
    id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    content_type INTEGER NOT NULL,
    content_bytes INTEGER NOT NULL,
    data_bytes INTEGER NOT NULL,
    digest BLOB,
    url TEXT NOT NULL,
    body BLOB
  ) STRICT;
  -- Those updated longest ago are forgotten first.
  CREATE INDEX newest_by_stamp ON newest (stamp);
  CREATE TABLE newest_writers (
    id INTEGER PRIMARY KEY,
    writer TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE newest_totals (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    urls INTEGER NOT NULL,
    forgotten INTEGER NOT NULL
  ) STRICT;
  INSERT INTO newest_totals VALUES (1, 0, 0);
  `,
  `
  CREATE TABLE beats (
    host TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    every_ms INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- The snapshot that a subscription begins with, and the next entry of it; the row goes with the last.
  CREATE TABLE snapshot_reads (
    subscription INTEGER PRIMARY KEY REFERENCES subscriptions ON DELETE CASCADE,
    snapshot TEXT NOT NULL,
    part INTEGER NOT NULL,
    place INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- Segments that retention took before a subscription had read them, [start, end) of a lane, to be looked for in a snapshot. Each has
  -- its dead letter, made in the same transaction; updates: delivered of it so far.
  CREATE TABLE recoveries (
    letter INTEGER PRIMARY KEY,
    subscription INTEGER NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    writer TEXT NOT NULL,
    lane INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    updates INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX recoveries_by_subscription ON recoveries (subscription, letter);
  -- The last of the letters that a snapshot is being read for; NULL for one that a subscription begins with.
  ALTER TABLE snapshot_reads ADD COLUMN recovers INTEGER;
  `,
];

export const schemaVersion = steps.length;

export type SchemaStanding = 'empty' | 'older' | 'current';

/** Throws `state-unusable` for a database that is not ours, or that a newer version of Bucketcast made. */
export function schemaStanding(database: StateDatabase): SchemaStanding {
  const { version, owner, tables } = schemaFacts(database);
  if (version === 0 && owner === 0 && tables === 0) return 'empty';
  if (owner !== applicationId) {
    throw new BucketcastError('state-unusable', `${database.path} is not a state database of Bucketcast`, {
      hint: 'Choose another state directory (`--state`).',
      details: { path: database.path },
    });
  }
  if (version > schemaVersion) {
    throw new BucketcastError(
      'state-unusable',
      `${database.path} was made by a newer Bucketcast: its schema is version ${version}, this one knows ${schemaVersion}`,
      {
        hint: 'Run the newer Bucketcast again; a state directory cannot go back.',
        details: { path: database.path, version },
      },
    );
  }
  return version === schemaVersion ? 'current' : 'older';
}

/** Brings the schema up to date; inside a transaction of the caller. */
export function migrate(database: StateDatabase): void {
  const version = Number(database.pragma('user_version'));
  for (const step of steps.slice(version)) database.script(step);
  database.script(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion};`);
}

/** In one statement, so of one moment: another process may be making the schema just now. */
function schemaFacts(database: StateDatabase) {
  const row = database.get(`
    SELECT user_version AS version, application_id AS owner, (SELECT count(*) FROM sqlite_schema) AS tables
    FROM pragma_user_version, pragma_application_id
  `);
  return {
    version: Number(row?.['version']),
    owner: Number(row?.['owner']),
    tables: Number(row?.['tables']),
  };
}
