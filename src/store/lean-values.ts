import { decodeEntities } from './lean-xml.ts';
import { bareEtag, decodeListed } from './s3-keys.ts';

const QUOT = Buffer.from('&quot;');
const AMPERSAND = 0x26;
const PERCENT = 0x25;
const PLUS = 0x2b;

/** The values of a listing, read from the bytes `[from, to)`; each copies what it keeps, so that none holds on to the page. */
export function keyAt(bytes: Buffer, from: number, to: number): string {
  for (let at = from; at < to; at += 1) {
    const code = bytes[at] as number;
    if (code >= 0x80 || code === PERCENT || code === PLUS || code === AMPERSAND)
      return decodeListed(textAt(bytes, from, to));
  }
  return bytes.toString('latin1', from, to);
}

/** Without quotes. */
export function etagAt(bytes: Buffer, from: number, to: number): string {
  const start = from + QUOT.length;
  const end = to - QUOT.length;
  if (start <= end && isQuot(bytes, from) && isQuot(bytes, end)) {
    let at = start;
    while (at < end && bytes[at] !== AMPERSAND) at += 1;
    if (at === end) return bytes.toString('latin1', start, end);
  }
  return bareEtag(textAt(bytes, from, to));
}

/** A whole number. @throws Error when it is none */
export function sizeAt(bytes: Buffer, from: number, to: number): number {
  let size = 0;
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return trimmedSize(textAt(bytes, from, to));
    size = size * 10 + digit;
  }
  return from === to || !Number.isSafeInteger(size) ? trimmedSize(textAt(bytes, from, to)) : size;
}

/** `2026-11-22T16:00:00.000Z`, ms since the epoch; other forms more slowly, and 0 for none. */
export function timeAt(bytes: Buffer, from: number, to: number): number {
  const digits = (at: number, count: number) => {
    let value = 0;
    for (let index = from + at; index < from + at + count; index += 1)
      value = value * 10 + (bytes[index] as number) - 0x30;
    return value;
  };
  const isUsual =
    to - from === 24 && bytes[from + 10] === 0x54 && bytes[from + 19] === 0x2e && bytes[to - 1] === 0x5a;
  const time = isUsual
    ? Date.UTC(
        digits(0, 4),
        digits(5, 2) - 1,
        digits(8, 2),
        digits(11, 2),
        digits(14, 2),
        digits(17, 2),
        digits(20, 3),
      )
    : Date.parse(textAt(bytes, from, to));
  return Number.isNaN(time) ? 0 : time;
}

export function textAt(bytes: Buffer, from: number, to: number): string {
  return decodeEntities(bytes.toString('utf8', from, to));
}

function isQuot(bytes: Buffer, from: number): boolean {
  for (let at = 0; at < QUOT.length; at += 1) if (bytes[from + at] !== QUOT[at]) return false;
  return true;
}

function trimmedSize(text: string): number {
  if (/^\s*\d{1,15}\s*$/.test(text)) return Number(text);
  throw new Error(`${JSON.stringify(text)} is not the size of an object`);
}
