import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** In a namespace of its own, so that the disk is gone with its last process, and root is not needed. */
const inNamespace = ['-Urm', '--kill-child', '--fork', 'sh', '-c'];
const mount = 'mount -t tmpfs -o size=8m tmpfs "$1"';

/** Program and words that run a script of ours with a disk of 8 MiB as its first argument. */
export function onSmallDisk(folder: string, script: string): [program: string, words: string[]] {
  const disk = join(folder, 'disk');
  mkdirSync(disk, { recursive: true });
  return ['unshare', [...inNamespace, `${mount} && "$0" "$2" "$1"`, process.execPath, disk, script]];
}

/** Why there can be no disk of its own; `false` where there can. */
export function mountSkip(): string | false {
  try {
    execFileSync('unshare', [...inNamespace, mount, 'sh', temporaryDirectory()], { stdio: 'ignore' });
    return false;
  } catch {
    return 'no mount namespace can be made here';
  }
}
