import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { feedDocuments } from '../../examples/demo/feeds.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Real feeds, which lie beside the project where somebody has put them. */
const realFeeds = join(import.meta.dirname, '../../../shared/feeds');

/** A directory of feed documents: the demonstration's, awkward ones made here, and the real ones where there are any. */
export function corpusDirectory(say: (line: string) => void): string {
  const directory = temporaryDirectory();
  for (const { name, bytes } of feedDocuments()) writeFileSync(join(directory, name), bytes);
  writeFileSync(join(directory, 'empty.rss'), '');
  writeFileSync(
    join(directory, 'latin-1.rss'),
    Uint8Array.from({ length: 256 }, (_, byte) => byte),
  );
  writeFileSync(join(directory, 'incompressible.rss'), noise(400_000));
  if (!existsSync(realFeeds)) say('there are no real feeds beside the project: only documents of our own');
  else
    for (const name of readdirSync(realFeeds))
      copyFileSync(join(realFeeds, name), join(directory, `real-${name}`));
  return directory;
}

/** Bytes without a pattern, always the same. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
