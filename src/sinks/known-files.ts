/** What is known of one file; the state keeps it. See there for what the fields promise to the file watcher. */
export interface KnownFile {
  /** Absolute: the real path of the directory, and the name. */
  readonly path: string;
  readonly url: string;
  /** SHA-256 (hex) of the content that stands there; null: known to be absent. */
  readonly digest: string | null;
  /** Of the content that is about to stand there; null: about to be deleted; undefined: nothing is about to happen. */
  readonly pending: string | null | undefined;
  /** Stamp of the update that the content came from; both empty while that is not known. */
  readonly hlc: string;
  readonly writer: string;
}

/** The slice of the state that the files sink needs. Each method is durable, and all or nothing. */
export interface KnownFiles {
  find(path: string): KnownFile | undefined;
  findByUrl(directory: string, url: string): KnownFile | undefined;
  /** Whether any file is known whose path differs from this one in case only, or not at all; the first of them. */
  findFolded(path: string): KnownFile | undefined;
  put(files: readonly KnownFile[]): void;
  under(directory: string): Iterable<KnownFile>;
  forget(paths: readonly string[]): void;
}
