import { compareKeys } from '../store/key-order.ts';

/**
 * A ruler along the keys below a prefix, to guess how much lies between two of them: each folder is one long, and inside
 * a folder the hexadecimal digits of a name are a fraction, since names begin with an MD5. It never runs backwards along
 * the keys. Names that are not hexadecimal make guesses worse; what is listed does not depend on them.
 */
export class KeyScale {
  /** In key order, each with its `/`. */
  readonly #folders: readonly string[];

  constructor(prefix: string, folders: Iterable<string>) {
    const sorted = [...new Set(folders)].sort(compareKeys);
    this.#folders = sorted.length === 0 ? [prefix] : sorted;
  }

  get length(): number {
    return this.#folders.length;
  }

  positionOf(key: string): number {
    const index = this.#atOrBefore(key);
    const folder = this.#folders[index];
    if (folder === undefined) return 0;
    return index + (key.startsWith(folder) ? fractionOf(key.slice(folder.length)) : 1);
  }

  /** A key to cut at. Only its place in the order counts; an object of that name need not exist. */
  keyAt(position: number): string {
    const index = Math.min(Math.floor(position), this.#folders.length - 1);
    const digits = Math.floor((position - index) * 16 ** cutDigits);
    const name = Math.min(digits, 16 ** cutDigits - 1)
      .toString(16)
      .padStart(cutDigits, '0')
      .replace(/0+$/, '');
    return `${this.#folders[index]}${name}`;
  }

  /** Index of the last folder that is not greater than `key`, or -1. */
  #atOrBefore(key: string): number {
    let [low, high] = [0, this.#folders.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#folders[middle] as string, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** The folder of a key, with its `/`; undefined for one directly below the prefix. */
export function folderOf(prefix: string, key: string): string | undefined {
  const end = key.indexOf('/', prefix.length);
  return end === -1 ? undefined : key.slice(0, end + 1);
}

/** Sixteen million places in a folder. */
const cutDigits = 6;
const readDigits = 10;

/** 0..1; what is not hexadecimal counts as the digit that it lies nearest to, and ends the number. */
function fractionOf(name: string): number {
  let fraction = 0;
  let weight = 1;
  for (const character of name.slice(0, readDigits)) {
    weight /= 16;
    const digit = '0123456789abcdef'.indexOf(character);
    if (digit !== -1) {
      fraction += digit * weight;
      continue;
    }
    if (character < '0') return fraction;
    return fraction + (character < 'a' ? 10 : 16) * weight;
  }
  return fraction;
}
