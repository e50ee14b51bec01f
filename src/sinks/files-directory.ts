import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  type FileHandle,
  lstat,
  open,
  opendir,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BucketcastError } from '../base/errors.ts';
import { type Random, randomHex } from '../base/random.ts';
import { DurableDirectories } from '../store/durable-directories.ts';
import { codeOf, unless } from '../store/file-errors.ts';
import { isTemporaryName, temporaryName } from './file-name.ts';
import { filesTrouble } from './files-trouble.ts';

/** Not following links, and not waiting for whoever might write into a pipe. */
const asItStands = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The directory of a files sink, made when it is missing. A file is written under a hidden name and fsync'd, and then gets its
 * own by `rename`, so whoever reads it sees the old content or the new, and a link that stands in its place is replaced,
 * never followed. Names are durable after `sync`.
 *
 * Once it was opened the directory has to stay the same one: where its disk is not mounted any more, nothing is written to
 * what lies beneath.
 */
export class FilesDirectory {
  /** Real path. */
  readonly path: string;
  readonly #inode: bigint;
  readonly #durable: DurableDirectories;
  readonly #random: Random;

  private constructor(path: string, inode: bigint, random: Random) {
    this.path = path;
    this.#inode = inode;
    this.#durable = new DurableDirectories(path);
    this.#random = random;
  }

  /**
   * Also takes away what a crash has left half-written. Throws `invalid-settings` for a path that cannot be such a directory,
   * `sink-unavailable` for what may be otherwise later.
   */
  static async open(
    path: string,
    { random, subscription }: { readonly random: Random; readonly subscription: string },
  ): Promise<FilesDirectory> {
    const absolute = resolve(path);
    try {
      await new DurableDirectories(absolute).createRoot();
      const real = await realpath(absolute);
      const stats = await stat(real, { bigint: true });
      await access(real, constants.R_OK | constants.W_OK | constants.X_OK);
      await sweep(real);
      return new FilesDirectory(real, stats.ino, random);
    } catch (error) {
      throw openingError(error, absolute, subscription);
    }
  }

  /** Throws when this is not the directory any more that was opened. */
  async check(): Promise<void> {
    const stats = await lstat(this.path, { bigint: true });
    if (stats.isDirectory() && stats.ino === this.#inode) return;
    throw new BucketcastError('sink-unavailable', `${this.path} is not the directory that it was`, {
      hint: 'Mount its disk again, or put it back; if it was replaced on purpose, restart the node.',
      details: { path: this.path },
    });
  }

  /** Whether a regular file with exactly this content stands there. */
  async holds(path: string, content: Uint8Array): Promise<boolean> {
    const handle = await unless(['ENOENT', 'ELOOP', 'EACCES', 'ENXIO'], open(path, asItStands));
    if (handle === undefined) return false;
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || stats.size !== content.byteLength) return false;
      return (await handle.readFile()).equals(content);
    } finally {
      await handle.close();
    }
  }

  /** SHA-256 (hex) of the regular file that stands there; null: nothing does; undefined: something else. */
  async digest(path: string): Promise<string | null | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(path, asItStands);
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? null : undefined;
    }
    try {
      if (!(await handle.stat()).isFile()) return undefined;
      const hash = createHash('sha256');
      for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
      return hash.digest('hex');
    } finally {
      await handle.close();
    }
  }

  /** Content on the disk under a name of its own, for `place` or `discard`. */
  async stage(content: Uint8Array): Promise<string> {
    const path = join(this.path, temporaryName(randomHex(this.#random, 16)));
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } catch (error) {
      await unless(['ENOENT'], unlink(path));
      throw error;
    } finally {
      await handle.close();
    }
    return path;
  }

  async place(staged: string, path: string): Promise<void> {
    await rename(staged, path);
  }

  async discard(staged: string): Promise<void> {
    await unless(['ENOENT'], unlink(staged));
  }

  async remove(path: string): Promise<void> {
    try {
      await unless(['ENOENT'], unlink(path));
    } catch (error) {
      // Of a directory Linux says EISDIR, as POSIX does not: there it is EPERM, and looks like a lack of rights.
      const stats = await unless(['ENOENT'], lstat(path));
      throw stats?.isDirectory()
        ? Object.assign(new Error(`${path} is a directory`), { code: 'EISDIR' })
        : error;
    }
  }

  sync(): Promise<void> {
    return this.#durable.sync(this.path);
  }
}

async function sweep(path: string): Promise<void> {
  for await (const entry of await opendir(path)) {
    const { name } = entry;
    // A directory of such a name is nobody's half-written file, and must not keep the sink from opening.
    if (isTemporaryName(name) && !entry.isDirectory()) await unless(['ENOENT'], unlink(join(path, name)));
  }
}

/** What an operator has to change in the settings or in the way to the directory, before anything can work. */
const wrongPath: Readonly<Record<string, string>> = {
  ENOTDIR: 'it, or something on the way to it, is a file',
  EEXIST: 'it, or something on the way to it, is a file',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ELOOP: 'links on the way to it lead in a circle',
  ENAMETOOLONG: 'it is too long',
  ERR_INVALID_ARG_VALUE: 'no file can be called so',
};

function openingError(error: unknown, path: string, subscription: string): BucketcastError {
  const reason = wrongPath[codeOf(error)];
  if (reason === undefined) return filesTrouble(error, path);
  return new BucketcastError(
    'invalid-settings',
    `subscriptions.${subscription}.sink.path: ${JSON.stringify(path)}: ${reason}`,
    {
      cause: error,
      hint: 'Name a directory that this user may write to; it is made if it does not exist.',
      details: { path },
    },
  );
}
