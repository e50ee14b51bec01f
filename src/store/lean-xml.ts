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
 * Walks through the tags of a document, without a tree. Comments and the declaration are skipped, attributes and
 * namespace prefixes ignored. What S3 never sends (a DOCTYPE, CDATA) is refused.
 *
 * @throws Error where the document breaks off or is none
 */
export class TagWalker {
  readonly text: string;
  kind: TagKind = 'open';
  /** The name of the tag, without its prefix: `text.slice(nameStart, nameEnd)`. */
  nameStart = 0;
  nameEnd = 0;
  /** Where the tag begins, and the first character behind it. */
  start = 0;
  end = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Goes to the next tag. */
  next(): TagKind {
    const { text } = this;
    let at = text.indexOf('<', this.end);
    for (;;) {
      if (at < 0) throw new Error('the document breaks off');
      const code = text.charCodeAt(at + 1);
      if (code === QUESTION) at = text.indexOf('<', after(text, '?>', at));
      else if (code !== BANG) break;
      else if (text.startsWith('!--', at + 1)) at = text.indexOf('<', after(text, '-->', at + 4));
      else throw new Error('expected no DOCTYPE and no CDATA');
    }
    this.start = at;
    this.#read(at + 1);
    return this.kind;
  }

  is(name: string): boolean {
    return this.nameEnd - this.nameStart === name.length && this.text.startsWith(name, this.nameStart);
  }

  /** From behind an opening tag to behind its closing one; gives where the content ended. */
  skip(): number {
    const { nameStart, nameEnd } = this;
    if (this.kind === 'empty') return this.end;
    while (this.next() !== 'close') this.skip();
    const { text } = this;
    const isSame =
      this.nameEnd - this.nameStart === nameEnd - nameStart &&
      text.startsWith(text.slice(nameStart, nameEnd), this.nameStart);
    if (!isSame) throw new Error(`<${text.slice(nameStart, nameEnd)}> is not closed`);
    return this.start;
  }

  #read(from: number): void {
    const { text } = this;
    let at = from;
    this.kind = 'open';
    if (text.charCodeAt(at) === SLASH) {
      this.kind = 'close';
      at += 1;
    }
    this.nameStart = at;
    let code = text.charCodeAt(at);
    while (code > 0x20 && code !== GT && code !== SLASH && code !== LT) {
      at += 1;
      if (code === COLON) this.nameStart = at;
      code = text.charCodeAt(at);
    }
    this.nameEnd = at;
    if (this.nameEnd === this.nameStart) throw new Error('expected the name of an element behind `<`');
    if (code !== GT) at = this.#skipAttributes(at);
    this.end = at + 1;
  }

  /** To the `>` of the tag; one within quotes is not it. */
  #skipAttributes(from: number): number {
    const { text } = this;
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === GT) {
        if (text.charCodeAt(at - 1) === SLASH && this.kind === 'open') this.kind = 'empty';
        return at;
      }
      if (code === LT) break;
      if (code === QUOTE || code === APOSTROPHE) at = after(text, code === QUOTE ? '"' : "'", at + 1) - 1;
    }
    throw new Error('the document breaks off in a tag');
  }
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  if (at < 0) throw new Error('the document breaks off');
  return at + mark.length;
}
