import { dirname, join } from 'node:path';
import { fileName, foldedName, markedFileName } from './file-name.ts';
import type { KnownFile, KnownFiles } from './known-files.ts';

/** Where a URL's content stands or is to stand. */
export interface FilePlace {
  readonly path: string;
  readonly known: KnownFile | undefined;
}

export interface PlaceRules {
  /** Real path. */
  readonly directory: string;
  readonly suffix: string;
  readonly files: Pick<KnownFiles, 'find' | 'findByUrl' | 'findFolded'>;
}

/**
 * Places for the URLs of one batch, none of which is recorded before all have theirs. A URL keeps the file that it has, also
 * one that a watcher found under another name. A new one gets its plain name, unless another URL has that, or one that
 * differs in case only: then the marked one, which nobody else can have.
 */
export class FilePlaces {
  readonly #rules: PlaceRules;
  /** Names given in this batch, folded. */
  readonly #given = new Set<string>();

  constructor(rules: PlaceRules) {
    this.#rules = rules;
  }

  of(url: string): FilePlace {
    const { directory, suffix, files } = this.#rules;
    const plain = join(directory, fileName(url, suffix));
    const marked = join(directory, markedFileName(url, suffix));
    for (const path of [plain, marked]) {
      const known = files.find(path);
      if (known?.url === url) return { path, known };
    }
    const elsewhere = files.findByUrl(directory, url);
    if (elsewhere !== undefined && dirname(elsewhere.path) === directory)
      return { path: elsewhere.path, known: elsewhere };
    const folded = foldedName(plain);
    if (files.findFolded(plain) !== undefined || this.#given.has(folded))
      return { path: marked, known: undefined };
    this.#given.add(folded);
    return { path: plain, known: undefined };
  }
}
