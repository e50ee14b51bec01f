import { realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/error-message.ts';
import { BucketcastError } from '../base/errors.ts';
import { claimAll } from '../base/path-claims.ts';
import type { NewUpdate } from '../base/update.ts';
import type { FileRecord, FileTable } from '../state/file-table.ts';
import { type FileReading, filePlace, fileUpdate } from './file-update.ts';
import { urlRule } from './file-urls.ts';
import { MessageError } from './message-error.ts';
import { type MessageReader, messageText, type Publish } from './message-reader.ts';

export interface FileMessagesParts {
  /** Directory that the files lie in; relative names count from it. */
  readonly root: string;
  readonly urlFrom: string;
  readonly maxBytes: number;
  /** Whether a name without a file is published as a `delete`. */
  readonly deletes: boolean;
  /** What is known of files already is not published again. */
  readonly files: Pick<FileTable, 'find' | 'put'> | undefined;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly publish: Publish;
}

/** Of Linux; a longer name is none. */
const maxNameBytes = 4096;

/** Messages that are names of files that changed. However often one is named in a moment, it is read once. */
export class FileMessages implements MessageReader<string> {
  readonly together = true;
  readonly settleMs = 200;
  readonly atOnce = 8;
  readonly #parts: FileMessagesParts;

  /** Throws `invalid-settings` for a `urlFrom` that is none. */
  constructor(parts: FileMessagesParts) {
    urlRule(parts.urlFrom);
    this.#parts = parts;
  }

  /** The key is the absolute path, which may lie anywhere: only reading tells. */
  parse(message: Buffer): { readonly key: string; readonly known: string } {
    const name = messageText(message, maxNameBytes).replace(/\r?\n$/, '');
    if (name === '') throw new MessageError('is empty');
    if (name.includes('\0')) throw new MessageError('holds a NUL character');
    const path = resolve(this.#parts.root, name);
    return { key: path, known: path };
  }

  async publish(_key: string, asked: string, signal: AbortSignal): Promise<boolean> {
    const place = await filePlace(asked, this.#parts.root);
    if ('kind' in place) throw await this.#fault(place);
    // Before reading, so that no files sink puts anything in the place of what was read.
    const release = await claimAll([place.path], signal);
    try {
      const reading = await fileUpdate(asked, { ...this.#parts, signal });
      if (reading.kind === 'refused' || reading.kind === 'failed') throw await this.#fault(reading);
      return await this.#publishRead(reading, signal);
    } finally {
      release();
    }
  }

  async #fault(reading: Unread): Promise<unknown> {
    return reading.kind === 'refused' ? new MessageError(reading.reason) : this.#failure(reading.error);
  }

  async #publishRead(reading: Standing, signal: AbortSignal): Promise<boolean> {
    const { files } = this.#parts;
    const { path } = reading;
    const before = files?.find(path);
    const digest = reading.kind === 'absent' ? null : reading.digest;
    if (before !== undefined && (before.digest === digest || before.pending === digest)) return false;
    if (reading.kind === 'content') {
      const { update, told } = reading;
      await this.#publish({ path, update, digest, told, before }, signal);
      return true;
    }
    if (!this.#parts.deletes) throw new MessageError('does not exist');
    const update: NewUpdate = { url: before?.url ?? (await this.#urlOfAbsent(path)), kind: 'delete' };
    await this.#publish({ path, update, digest, told: before?.told ?? true, before }, signal);
    return true;
  }

  async #publish({ path, update, digest, told, before }: PublishedFile, signal: AbortSignal): Promise<void> {
    const published = await this.#parts.publish(update, { signal });
    const { files } = this.#parts;
    if (files === undefined || !isSame(files.find(path), before)) return;
    const writer = published.durable === 'bucket' ? published.writer : '';
    const { hlc = '' } = published;
    files.put([{ path, url: update.url, digest, pending: undefined, hlc, writer, told }]);
  }

  async #urlOfAbsent(path: string): Promise<string> {
    const way = relative(await realpath(this.#parts.root), path);
    const url = urlRule(this.#parts.urlFrom)?.(way.split(sep).join('/'));
    if (url === undefined) throw new MessageError('is gone, and nothing tells which URL it had');
    return url;
  }

  /** Without its directory no file can be read: that is no fault of the message, and not over after a few tries. */
  async #failure(error: unknown): Promise<unknown> {
    const { root } = this.#parts;
    try {
      await realpath(join(root, '.'));
      return new MessageError(`cannot be read (${errorMessage(error)})`, { passing: true, cause: error });
    } catch (cause) {
      return new BucketcastError('source-unavailable', `${root} cannot be read (${errorMessage(cause)})`, {
        hint: 'Is the directory there, mounted, and open to the user that the node runs as?',
        cause,
        details: { errno: (cause as NodeJS.ErrnoException).code },
      });
    }
  }
}

/** A file that could be read, or is known to be gone. */
type Standing = Extract<FileReading, { readonly kind: 'content' | 'absent' }>;

type Unread = Extract<FileReading, { readonly kind: 'refused' | 'failed' }>;

interface PublishedFile {
  readonly path: string;
  readonly update: NewUpdate;
  readonly digest: string | null;
  readonly told: boolean;
  /** What was known of the file before it was published. */
  readonly before: FileRecord | undefined;
}

/** Somebody else, the files sink, may have noted newer things meanwhile; those stay. */
function isSame(now: FileRecord | undefined, before: FileRecord | undefined): boolean {
  return (
    now?.digest === before?.digest &&
    now?.pending === before?.pending &&
    now?.hlc === before?.hlc &&
    now?.writer === before?.writer
  );
}
