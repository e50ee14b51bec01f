import { isUtf8 } from 'node:buffer';
import { BrokenFeed } from './broken-feed.ts';

/** Of a document's beginning, bytes in which its XML declaration stands. */
const declarationBytes = 512;

/**
 * The text of a document that came as bytes. In this order decide: a byte order mark, the pattern of UTF-16 without one, the
 * encoding of the XML declaration; where none of them says anything, it is UTF-8 if it can be, and Windows-1252 if not.
 * What does not decode strictly by what it says is broken: half-read text would be delivered as if it were the
 * author's. Throws `BrokenFeed` (`encoding`).
 */
export function documentText(bytes: Uint8Array): string {
  const said = encodingOf(bytes);
  const encoding = said ?? (isUtf8(bytes) ? 'utf-8' : 'windows-1252');
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    const message =
      error instanceof RangeError ? `the encoding ${shown(encoding)} is not known` : `it is not ${encoding}`;
    throw new BrokenFeed('encoding', message, error);
  }
}

function encodingOf(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0 && c !== 0 && d === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c && c === 0 && d !== 0)) return 'utf-16be';
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, declarationBytes));
  const declaration = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']/.exec(head.toString('latin1'));
  const declared = declaration?.[1]?.trim().toLowerCase();
  if (declared === undefined) return undefined;
  // Whoever could read the declaration byte by byte does not have two bytes for each letter.
  return /^(utf-?16|ucs-?2|iso-10646-ucs-2)/.test(declared) ? 'utf-8' : declared;
}

function shown(encoding: string): string {
  return JSON.stringify(encoding.slice(0, 40));
}
