import { basename } from 'node:path/posix';
import picomatch from 'picomatch';
import { sidecarEnding } from './sidecar.ts';

export interface FilterSettings {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly urlFrom: string;
}

/** Which files of a directory are published. Paths are relative to it, with slashes. */
export interface FileFilter {
  /** The file to look at when something happened to `path`: itself, or the one whose sidecar it is. */
  readonly concerns: (path: string) => string | undefined;
  /** Whether there can be such files below a directory. */
  readonly enters: (directory: string) => boolean;
}

/** Dot files are taken only by patterns that name the dot, as in a shell. */
export function fileFilter({ include, exclude, urlFrom }: FilterSettings): FileFilter {
  const isIncluded = picomatch([...include]);
  const isExcluded = exclude.length === 0 ? () => false : picomatch([...exclude], { dot: true });
  const takesDots = include.some((pattern) => /(^|[/{,(!|])\./.test(pattern));
  const takes = (path: string) => isIncluded(path) && !isExcluded(path) && !isTemporary(path);
  return {
    concerns: (path) => {
      const owner = path.slice(0, -sidecarEnding.length);
      if (urlFrom === 'sidecar' && path.endsWith(sidecarEnding) && takes(owner)) return owner;
      return takes(path) ? path : undefined;
    },
    enters: (directory) =>
      (takesDots || !basename(directory).startsWith('.')) && !isExcluded(`${directory}/${anything}`),
  };
}

/** A path that only a pattern for everything below a directory matches. */
const anything = '\u0001/\u0001/\u0001';

/** What editors, copying programs and our own files sink write before the file itself. */
function isTemporary(path: string): boolean {
  const name = basename(path);
  return temporaryNames.some((pattern) => pattern.test(name));
}

const temporaryNames: readonly RegExp[] = [
  /^\.bucketcast-/,
  // vim: its check whether it may write here, backups and swap files.
  /^4913$/,
  /~$/,
  /^\..*\.sw[a-z]$/,
  // emacs: locks and what it saves by itself.
  /^\.?#/,
  // GNOME and KDE.
  /^\.goutputstream-/,
  /\.kate-swp$/,
  // LibreOffice and Microsoft Office.
  /^\.~lock\./,
  /^~\$/,
  // Files of NFS that are deleted and still open.
  /^\.nfs[0-9a-f]{16,}$/,
  // Downloads and copies under way.
  /\.(part|partial|crdownload|filepart)$/,
];
