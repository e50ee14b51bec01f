import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MiB } from '../../src/config/units.ts';

/** MiB of the files in a directory, those of its own alone. */
export async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0) / MiB;
}
