import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** From the package.json above: two levels up from the sources, three from `dist`. */
export const packageVersion: string = read();

function read(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  return 'unknown';
}
