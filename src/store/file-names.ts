/**
 * How the directory driver names files. Every S3 key has exactly one path, no two keys share one, and no path leaves
 * the store or exceeds what file systems allow. Keys are handled as byte strings (one character a byte of UTF-8, as
 * `Buffer#toString('latin1')` gives them), so that `<` is the order of listings.
 *
 * A key is split at `/`. The last segment names a file, `SEGMENT.o`; the others name directories, `SEGMENT`. So the
 * objects `a` and `a/b` live side by side as `a.o` and `a/b.o`.
 *
 * - Bytes other than `a-z 0-9 _ ~ = + , @ . -` become `%xx`: upper case too, for disks that fold case. A leading
 *   dot becomes `%2e`, and so does the dot of a directory that would end in `.o`. The empty segment is `%`.
 * - A segment of 80 bytes or more is nested: its first 80 bytes name a directory that ends in `%`, and the rest,
 *   empty perhaps, goes on in there. (80 bytes escape to 240 at most; file systems take 255.)
 *
 * All keys in a directory begin with what its path spells, so a listing needs to read only the directories on its way.
 * Names that no key has (`%tmp`, `%lock`, `.DS_Store`) are free for other uses.
 */
export function pathOfKey(key: string): string[] {
  const segments = key.split('/');
  const last = segments.pop() as string;
  const { pieces, rest } = split(last);
  return [...segments.flatMap(directoryNames), ...pieces.map(pieceName), `${nameOf(rest)}.o`];
}

/** The deepest directory that holds every key with this prefix, and the part of the prefix that it spells. */
export function directoryOfPrefix(prefix: string): { readonly path: string[]; readonly key: string } {
  const segments = prefix.split('/');
  const { pieces, rest } = split(segments.pop() as string);
  const path = [...segments.flatMap(directoryNames), ...pieces.map(pieceName)];
  return { path, key: prefix.slice(0, prefix.length - rest.length) };
}

export interface NamedEntry {
  readonly kind: 'object' | 'directory';
  readonly name: string;
  /** What the entry adds to its directory's key: all of an object's rest, or what all keys below begin with. */
  readonly key: string;
}

/** What a directory entry is; `undefined` for names that this file does not make. */
export function parseName(name: string): NamedEntry | undefined {
  if (name.endsWith('.o')) {
    const key = readName(name.slice(0, -2));
    return key !== undefined && `${nameOf(key)}.o` === name ? { kind: 'object', name, key } : undefined;
  }
  if (name.length > 1 && name.endsWith('%')) {
    const key = readName(name.slice(0, -1));
    return key?.length === PIECE && pieceName(key) === name ? { kind: 'directory', name, key } : undefined;
  }
  const segment = readName(name);
  if (segment === undefined || directoryName(segment) !== name) return undefined;
  return { kind: 'directory', name, key: `${segment}/` };
}

export const toBytes = (text: string): string => Buffer.from(text).toString('latin1');
export const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

const PIECE = 80;

function split(segment: string): { pieces: string[]; rest: string } {
  const pieces: string[] = [];
  let at = 0;
  for (; segment.length - at >= PIECE; at += PIECE) pieces.push(segment.slice(at, at + PIECE));
  return { pieces, rest: segment.slice(at) };
}

function directoryNames(segment: string): string[] {
  const { pieces, rest } = split(segment);
  return [...pieces.map(pieceName), directoryName(rest)];
}

const pieceName = (piece: string): string => `${nameOf(piece)}%`;
const directoryName = (segment: string): string => nameOf(segment).replace(/\.o$/, '%2eo');

function nameOf(bytes: string): string {
  if (bytes === '') return '%';
  return bytes.replace(
    /^\.|[^a-z0-9_~=+,@.-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function readName(name: string): string | undefined {
  if (name === '%') return '';
  if (!/^(?:[a-z0-9_~=+,@.-]|%[0-9a-f]{2})+$/.test(name)) return undefined;
  return name.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
