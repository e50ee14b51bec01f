import type { BigIntStats } from 'node:fs';

/** What the directory driver knows of an object without reading it. */
export interface FileVersion {
  readonly size: number;
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
}

/**
 * The ETag is inode, modification time and size. Each write makes a new file and sets its time itself, later than
 * that of the file it replaces, so two versions of a key never share an ETag, even where an inode number is used again.
 */
export function versionOf({
  ino,
  mtimeNs,
  size,
}: Pick<BigIntStats, 'ino' | 'mtimeNs' | 'size'>): FileVersion {
  return {
    size: Number(size),
    etag: [ino, mtimeNs, size].map((part) => part.toString(36)).join('-'),
    lastModified: Number(mtimeNs / 1_000_000n),
  };
}
