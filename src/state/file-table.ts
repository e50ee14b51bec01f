import { sep } from 'node:path';
import type { Row, StateDatabase } from './state-database.ts';

/** What stands, or stood, in one file of a directory that is watched or written by a sink. */
export interface FileRecord {
  /** Absolute, real path of the directory, and the name below it. */
  readonly path: string;
  readonly url: string;
  /** SHA-256 (64 hex digits) of the content that stands there as far as we know; null: known to be absent. */
  readonly digest: string | null;
  /** Of the content that is about to stand there, recorded before the file changes; null: about to be deleted. */
  readonly pending: string | null | undefined;
  /** Stamp of the update that the content came from or was published as; both empty while that is not known. */
  readonly hlc: string;
  readonly writer: string;
  /** Of the watcher: size and times of the file when it was seen to have this content. Absent: not seen, or too fresh. */
  readonly stamp?: string;
  /** Of the watcher: the URL was told by its rule from the file's name or place. Absent: it came with an update. */
  readonly told?: boolean;
}

/**
 * What is known of files, shared by the file watcher and the files sink so that neither takes the other's work for news.
 * Content whose digest equals `digest` or `pending` of its path is known: the watcher does not publish it. Every method
 * commits all it was given or nothing, and a record that is read and written in one go is never mixed with another's.
 */
export interface FileTable {
  find(path: string): FileRecord | undefined;
  /** The file of a URL below a directory; of several the one whose path sorts first, leaving out `except`. */
  findByUrl(directory: string, url: string, except?: string): FileRecord | undefined;
  /** The first whose path differs from this one at most in the case of its ASCII letters. */
  findFolded(path: string): FileRecord | undefined;
  put(records: readonly FileRecord[]): void;
  /** Everything known below a directory, by path. Records may be changed while it goes on. */
  under(directory: string): Iterable<FileRecord>;
  forget(paths: readonly string[]): void;
}

const columns = 'path, url, digest, pending, hlc, writer, stamp, told';
const pageSize = 500;
/** `pending` of a file that is about to be deleted; NULL says that nothing is about to happen. */
const aboutToGo = '';

export class SqliteFileTable implements FileTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  find(path: string): FileRecord | undefined {
    const row = this.#database.get(`SELECT ${columns} FROM files WHERE path = ?`, path);
    return row && readRecord(row);
  }

  findByUrl(directory: string, url: string, except = ''): FileRecord | undefined {
    const { from, to } = below(directory);
    const row = this.#database.get(
      `SELECT ${columns} FROM files WHERE url = ? AND path > ? AND path < ? AND path <> ? ORDER BY path LIMIT 1`,
      url,
      from,
      to,
      except,
    );
    return row && readRecord(row);
  }

  findFolded(path: string): FileRecord | undefined {
    const row = this.#database.get(
      `SELECT ${columns} FROM files WHERE lower(path) = lower(?) ORDER BY path LIMIT 1`,
      path,
    );
    return row && readRecord(row);
  }

  put(records: readonly FileRecord[]): void {
    this.#database.transaction(() => {
      for (const { path, url, digest, pending, hlc, writer, stamp, told } of records) {
        this.#database.run(
          `INSERT INTO files (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET url = excluded.url,
           digest = excluded.digest, pending = excluded.pending, hlc = excluded.hlc, writer = excluded.writer,
           stamp = excluded.stamp, told = excluded.told`,
          path,
          url,
          digest,
          pending === null ? aboutToGo : (pending ?? null),
          hlc,
          writer,
          stamp ?? null,
          told === true ? 1 : 0,
        );
      }
    });
  }

  *under(directory: string): Generator<FileRecord> {
    const { from, to } = below(directory);
    let last = from;
    for (;;) {
      const page = this.#database.all(
        `SELECT ${columns} FROM files WHERE path > ? AND path < ? ORDER BY path LIMIT ${pageSize}`,
        last,
        to,
      );
      for (const row of page) yield readRecord(row);
      if (page.length < pageSize) return;
      last = page.at(-1)?.['path'] as string;
    }
  }

  forget(paths: readonly string[]): void {
    this.#database.transaction(() => {
      for (const path of paths) this.#database.run('DELETE FROM files WHERE path = ?', path);
    });
  }
}

/** Paths compare as bytes: those below `/a` lie between `/a/` and `/a0`, 0 being the character after the slash. */
function below(directory: string): { readonly from: string; readonly to: string } {
  const root = directory.endsWith(sep) ? directory.slice(0, -1) : directory;
  return { from: `${root}${sep}`, to: `${root}${String.fromCharCode(sep.charCodeAt(0) + 1)}` };
}

function readRecord(row: Row): FileRecord {
  const pending = row['pending'] as string | null;
  return {
    path: row['path'] as string,
    url: row['url'] as string,
    digest: row['digest'] as string | null,
    pending: pending === aboutToGo ? null : (pending ?? undefined),
    hlc: row['hlc'] as string,
    writer: row['writer'] as string,
    ...(typeof row['stamp'] === 'string' && { stamp: row['stamp'] }),
    ...(row['told'] === 1 && { told: true }),
  };
}
