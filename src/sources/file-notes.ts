import type { FileRecord, FileTable } from '../state/file-table.ts';
import { isSameRecord } from './file-known.ts';

export interface FileNote {
  readonly path: string;
  /** The record as it was when it was decided what to do. */
  readonly before: FileRecord | undefined;
  /** What it is to be; `undefined` forgets it. */
  readonly after: FileRecord | undefined;
}

interface Waiting extends FileNote {
  readonly resolve: (noted: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Notes what was published, with one commit for all that come together, as the updates of one segment do. A record that somebody else has
 * changed meanwhile stays as it is: the files sink knows better what it is doing there.
 */
export class FileNotes {
  readonly #files: FileTable;
  #waiting: Waiting[] = [];

  constructor(files: FileTable) {
    this.#files = files;
  }

  /** Resolves once it is durable; false when the record was changed. Rejects with `state-unusable`. */
  note(note: FileNote): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...note, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#commit());
    });
  }

  #commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const held = waiting.filter(({ path, before }) => isSameRecord(this.#files.find(path), before));
      const put = held.flatMap(({ after }) => (after === undefined ? [] : [after]));
      const gone = held.filter(({ after }) => after === undefined).map(({ path }) => path);
      if (put.length > 0) this.#files.put(put);
      if (gone.length > 0) this.#files.forget(gone);
      const noted = new Set(held);
      for (const note of waiting) note.resolve(noted.has(note));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
