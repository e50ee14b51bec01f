/** Text of an element with its entities resolved; an unknown one stays as it is. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));/g, (entity, hex, decimal, name) => {
    if (name !== undefined) return named[name as string] ?? entity;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex as string, 16);
    return point > 0x10ffff ? entity : String.fromCodePoint(point);
  });
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const COLON = 0x3a;
const BANG = 0x21;
const QUESTION = 0x3f;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

/** What stands at a tag. `empty` is `<Tag/>`. */
export type TagKind = 'open' | 'close' | 'empty';

/**
 * Walks through the tags of a document in UTF-8, without a tree. Comments and the declaration are skipped, attributes and
 * namespace prefixes ignored. What S3 never sends (a DOCTYPE, CDATA) is refused. It works on the bytes: a page of a listing
 * has hundreds of kilobytes, of which a third is wanted.
 *
 * @throws Error where the document breaks off or is none
 */
export class TagWalker {
  readonly bytes: Buffer;
  kind: TagKind = 'open';
  /** The name of the tag, without its prefix. */
  nameStart = 0;
  nameEnd = 0;
  /** Where the tag begins, and the first byte behind it. */
  start = 0;
  end = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Goes to the next tag. */
  next(): TagKind {
    const { bytes } = this;
    const { length } = bytes;
    let at = this.end;
    for (;;) {
      while (at < length && bytes[at] !== LT) at += 1;
      if (at >= length) throw new Error('the document breaks off');
      const code = bytes[at + 1];
      if (code === QUESTION) at = after(bytes, '?>', at);
      else if (code !== BANG) break;
      else if (bytes[at + 2] === 0x2d && bytes[at + 3] === 0x2d) at = after(bytes, '-->', at + 4);
      else throw new Error('expected no DOCTYPE and no CDATA');
    }
    this.start = at;
    this.#read(at + 1);
    return this.kind;
  }

  is(name: Uint8Array): boolean {
    return this.nameEnd - this.nameStart === name.length && this.#matches(name, 0);
  }

  /** From an opening tag to behind its closing one; gives where the content ended. */
  skip(): number {
    if (this.kind === 'empty') return this.end;
    const { bytes, nameStart, nameEnd } = this;
    if (this.#closes(nameStart, nameEnd)) return this.start;
    while (this.next() !== 'close') this.skip();
    if (this.nameEnd - this.nameStart === nameEnd - nameStart && this.#matches(bytes, nameStart))
      return this.start;
    throw new Error(`<${bytes.toString('latin1', nameStart, nameEnd)}> is not closed`);
  }

  /** The short way: whether text and the plain closing tag of that name come next. Goes there if so. */
  #closes(nameStart: number, nameEnd: number): boolean {
    const { bytes } = this;
    const { length } = bytes;
    let start = this.end;
    while (start < length && bytes[start] !== LT) start += 1;
    if (bytes[start + 1] !== SLASH) return false;
    let at = start + 2;
    for (let other = nameStart; other < nameEnd; other += 1, at += 1)
      if (bytes[at] !== bytes[other]) return false;
    if (bytes[at] !== GT) return false;
    this.kind = 'close';
    this.start = start;
    this.end = at + 1;
    return true;
  }

  #matches(name: Uint8Array, from: number): boolean {
    const { bytes, nameStart, nameEnd } = this;
    for (let at = nameStart, other = from; at < nameEnd; at += 1, other += 1) {
      if (bytes[at] !== name[other]) return false;
    }
    return true;
  }

  #read(from: number): void {
    const { bytes } = this;
    let at = from;
    this.kind = 'open';
    if (bytes[at] === SLASH) {
      this.kind = 'close';
      at += 1;
    }
    let start = at;
    let code = bytes[at] as number;
    while (code > 0x20 && code !== GT && code !== SLASH && code !== LT) {
      at += 1;
      if (code === COLON) start = at;
      code = bytes[at] as number;
    }
    if (at === start) throw new Error('expected the name of an element behind `<`');
    this.nameStart = start;
    this.nameEnd = at;
    this.end = 1 + (code === GT ? at : this.#skipAttributes(at));
  }

  /** To the `>` of the tag; one within quotes is not it. */
  #skipAttributes(from: number): number {
    const { bytes } = this;
    for (let at = from; at < bytes.length; at += 1) {
      const code = bytes[at];
      if (code === GT) {
        if (bytes[at - 1] === SLASH && this.kind === 'open') this.kind = 'empty';
        return at;
      }
      if (code === LT) break;
      if (code === QUOTE || code === APOSTROPHE) at = after(bytes, String.fromCharCode(code), at + 1) - 1;
    }
    throw new Error('the document breaks off in a tag');
  }
}

function after(bytes: Buffer, mark: string, from: number): number {
  const at = bytes.indexOf(mark, from, 'latin1');
  if (at < 0) throw new Error('the document breaks off');
  return at + mark.length;
}
