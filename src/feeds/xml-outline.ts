import { BrokenFeed } from './broken-feed.ts';

/** What a look over a document's tags tells before anything is built of it. */
export interface XmlOutline {
  /** The root's name without its prefix, lower case. */
  readonly root: string;
  readonly elements: number;
  /** At least as many as there are attributes. */
  readonly attributes: number;
  /** Characters of the longest text between two tags, CDATA sections left out. */
  readonly longestText: number;
}

/** Elements nest at most this deep. */
const maxDepth = 500;

const lt = '<';
const gt = 0x3e;
const slash = 0x2f;

/**
 * Goes over the tags of a document once, in time that grows with its length and no faster, and holds nothing but the names of
 * open elements. Lenient within texts, where feeds sin most (a lone `&`, an HTML entity), strict about what would make a
 * reader guess: tags that do not match, a document that ends too early, a NUL. Throws `BrokenFeed`.
 *
 * `isWanted` tells by the root alone whether to read on: a page of HTML is no feed, however ill-formed.
 */
export function outlineXml(text: string, isWanted: (root: string) => boolean): XmlOutline {
  const open: string[] = [];
  let root: string | undefined;
  let elements = 0;
  let attributes = 0;
  let longestText = 0;
  let hasDoctype = false;
  let at = 0;
  for (let tag = text.indexOf(lt); tag >= 0; tag = text.indexOf(lt, at)) {
    longestText = Math.max(longestText, tag - at);
    const special = afterSpecial(text, tag, root === undefined && !hasDoctype);
    if (special !== undefined) {
      at = special;
      // One at most: each makes for a search through the rest of the document.
      hasDoctype ||= /^<!d/i.test(text.slice(tag, tag + 3));
      // The parser reads instructions as if they had attributes.
      if (text[tag + 1] === '?') attributes += Math.ceil((at - tag) / 4);
    } else if (text.charCodeAt(tag + 1) === slash) {
      at = after(text, '>', tag);
      const name = text.slice(tag + 2, at - 1).trimEnd();
      if (open.pop() !== name) throw malformed(`</${short(name)}> closes what is not open`);
    } else {
      const { name, end, spaces } = startTag(text, tag);
      if (root === undefined) {
        root = localName(name);
        if (!isWanted(root)) throw new BrokenFeed('not-a-feed', `its root is <${short(name)}>`);
      } else if (open.length === 0) throw malformed(`<${short(name)}> stands beside the root`);
      elements += 1;
      attributes += spaces;
      at = end;
      if (text.charCodeAt(end - 2) !== slash) {
        open.push(name);
        if (open.length > maxDepth) throw malformed(`its elements nest deeper than ${maxDepth} levels`);
      }
    }
  }
  if (root === undefined) throw new BrokenFeed('not-a-feed', 'it has no element');
  if (open.length > 0) throw malformed(`it ends within <${short(open.at(-1) as string)}>`);
  if (text.includes('\0')) throw malformed('it holds a NUL');
  return { root, elements, attributes, longestText };
}

/** Where a comment, CDATA section, instruction or DOCTYPE ends; `undefined` for a tag. */
function afterSpecial(text: string, at: number, mayDeclare: boolean): number | undefined {
  const next = text[at + 1];
  if (next === '?') return after(text, '?>', at + 2);
  if (next !== '!') return undefined;
  if (text.startsWith('<!--', at)) return after(text, '-->', at + 4);
  if (text.startsWith('<![CDATA[', at)) return after(text, ']]>', at + 9);
  if (mayDeclare && text.slice(at, at + 9).toUpperCase() === '<!DOCTYPE') return afterDoctype(text, at + 9);
  throw malformed(`it has ${JSON.stringify(text.slice(at, at + 10))}`);
}

/**
 * Nothing that a DOCTYPE names is ever fetched, and nothing that it declares is used. Entities of the document's own would be
 * missing from its texts then, or blow it up, so a document that declares any is broken.
 */
function afterDoctype(text: string, start: number): number {
  const subset = text.indexOf('[', start);
  const end = after(text, '>', start);
  if (subset < 0 || subset > end) return end;
  const subsetEnd = after(text, ']', subset);
  const entity = text.indexOf('<!ENTITY', subset);
  if (entity >= 0 && entity < subsetEnd) throw new BrokenFeed('entities', 'it declares entities of its own');
  return after(text, '>', subsetEnd);
}

interface StartTag {
  readonly name: string;
  readonly end: number;
  /** White space and `=` outside quotes: no attribute without one. */
  readonly spaces: number;
}

function startTag(text: string, tag: number): StartTag {
  let quote = 0;
  let spaces = 0;
  let nameEnd = 0;
  for (let at = tag + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === 0x22 || code === 0x27) quote = code;
    else if (code <= 0x20 || code === 0x3d) {
      spaces += 1;
      nameEnd ||= at;
    } else if (code === gt) {
      const selfClosing = text.charCodeAt(at - 1) === slash;
      const name = text.slice(tag + 1, nameEnd || (selfClosing ? at - 1 : at));
      if (!/^[\p{L}_:][\p{L}\p{N}_:.·-]*$/u.test(name)) throw malformed(`<${short(name)}> is not a tag`);
      return { name, end: at + 1, spaces };
    }
  }
  throw malformed('it ends within a tag');
}

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from);
  if (found < 0) throw malformed(`it ends before a ${JSON.stringify(end)}`);
  return found + end.length;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1).toLowerCase();
}

function short(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}

function malformed(message: string): BrokenFeed {
  return new BrokenFeed('malformed', message);
}
