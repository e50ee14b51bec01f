import { relative, sep } from 'node:path';
import { watch } from 'chokidar';

export interface TreeListener {
  /** Something happened to what is there, relative to the root and with slashes; '' is the root itself. */
  readonly heard: (path: string) => void;
  /** Some events may have been missed, or none come any more. */
  readonly failed: (error: unknown) => void;
}

export interface TreeEvents {
  close(): Promise<void>;
}

/** Resolves once events are heard: what changes from then on is told of. */
export type OpenTreeEvents = (
  root: string,
  enters: (path: string) => boolean,
  listener: TreeListener,
) => Promise<TreeEvents>;

/**
 * Events of the kernel about everything below a directory, by a watch for each directory in it. They say only where to
 * look: what happened is found by looking. When its queue overflows, the kernel tells, and Node does not pass it on:
 * whoever listens has to scan now and then.
 */
export const openTreeEvents: OpenTreeEvents = async (root, enters, { heard, failed }) => {
  const way = (path: string) => relative(root, path).split(sep).join('/');
  const watcher = watch(root, {
    ignoreInitial: true,
    // Links to directories are not entered; see `walk-files.ts`.
    followSymlinks: false,
    // Settling is ours, and so is the judgement of what is temporary.
    atomic: false,
    awaitWriteFinish: false,
    ignorePermissionErrors: true,
    ignored: (path, stats) => stats?.isDirectory() === true && path !== root && !enters(way(path)),
  });
  watcher.on('all', (_event, path) => heard(way(path)));
  watcher.on('error', failed);
  await new Promise<void>((resolve) => {
    watcher.once('ready', resolve);
    // Told by `failed`; whether it becomes ready after that is all the same.
    watcher.once('error', () => resolve());
  });
  return { close: () => watcher.close() };
};
