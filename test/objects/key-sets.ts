import { createHash } from 'node:crypto';
import { compareKeys } from '../../src/store/key-order.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

export const prefix = 'feed-updates/';

export function md5Name(number: number): string {
  return `${createHash('md5').update(`${number}`).digest('hex')}_${1_700_000_000 + number}.json`;
}

/** `count` keys of a folder as publishers name them. */
export function folderKeys(folder: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${folder}/${md5Name(from + i)}`);
}

/** Folders and names that nobody should choose, beside ordinary ones. */
const oddFolders = ['a', 'ab', 'B', 'é', '🎉', '\uffee', 'a b', 'web-1.example', '0', '~', 'a/nested', '%41'];
const oddNames = [
  '',
  '0',
  '00',
  'f',
  'ff',
  'g',
  'G',
  '~',
  '🎉',
  '\uffee',
  'é',
  ' ',
  '7f',
  '8',
  '80',
  'x/y',
  '%2F',
];

/** Keys of a bucket in which anything may stand, in key order. */
export function oddKeys(random: SeededRandom, count: number): string[] {
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random.float() * items.length)] as Item;
  const keys = new Set<string>();
  for (let i = 0; keys.size < count; i += 1) {
    const folder = random.float() < 0.1 ? '' : `${pick(oddFolders)}/`;
    const tail =
      random.float() < 0.5 ? md5Name(i) : `${pick(oddNames)}${random.float() < 0.5 ? '' : i.toString(16)}`;
    if (folder !== '' || tail !== '') keys.add(`${prefix}${folder}${tail}`);
  }
  return [...keys].sort(compareKeys);
}
