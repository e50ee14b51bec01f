import { MiB } from '../config/units.ts';
import { BrokenFeed } from './broken-feed.ts';
import type { XmlOutline } from './xml-outline.ts';

/**
 * Documents are refused by what they would take, before they take it: the heap limit of a thread alone is no bound to lean
 * on, for a single step that takes much at once (reading JSON, joining a long text) ends the whole process there, not
 * the thread. The weights are bytes, measured at the worst documents of each kind with the parser that is used, and rounded up.
 */
const weight = {
  /** Its node, its values, and what becomes of it. */
  element: 400,
  attribute: 500,
  /** Texts are put together piece by piece between entities, … */
  ampersand: 50,
  /** … lists are split at commas, … */
  comma: 30,
  /** … control characters are written with six, … */
  control: 12,
  /** … and text outside CDATA may be gathered character by character. */
  gathered: 32,
  /** Copies of a text alive at once. */
  copies: 4,
  jsonObject: 100,
  jsonArray: 64,
  jsonString: 100,
};

/** The heap that a thread gets: far above what any document is let to need. */
export function threadHeapBytes(memoryBytes: number): number {
  return 2 * memoryBytes + 64 * MiB;
}

/** Throws `BrokenFeed` (`too-large`) for a document that would need more than `memoryBytes`. */
export function checkXmlNeed(text: string, outline: XmlOutline, memoryBytes: number): void {
  const counts = countCharacters(text);
  const need =
    textNeed(text, counts) +
    weight.element * outline.elements +
    weight.attribute * outline.attributes +
    weight.gathered * outline.longestText +
    weight.ampersand * counts.ampersands;
  refuseBeyond(need, memoryBytes);
}

export function checkJsonNeed(text: string, memoryBytes: number): void {
  const counts = countCharacters(text);
  const need =
    textNeed(text, counts) +
    weight.jsonObject * counts.braces +
    weight.jsonArray * counts.brackets +
    (weight.jsonString * counts.quotes) / 2;
  refuseBeyond(need, memoryBytes);
}

interface Counts {
  ampersands: number;
  commas: number;
  controls: number;
  braces: number;
  brackets: number;
  quotes: number;
  wide: boolean;
}

function countCharacters(text: string): Counts {
  const counts: Counts = {
    ampersands: 0,
    commas: 0,
    controls: 0,
    braces: 0,
    brackets: 0,
    quotes: 0,
    wide: false,
  };
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x26) counts.ampersands += 1;
    else if (code === 0x2c) counts.commas += 1;
    else if (code < 0x20) counts.controls += 1;
    else if (code === 0x7b) counts.braces += 1;
    else if (code === 0x5b) counts.brackets += 1;
    else if (code === 0x22) counts.quotes += 1;
    else if (code > 0xff) counts.wide = true;
  }
  return counts;
}

function textNeed(text: string, { wide, commas, controls }: Counts): number {
  const width = wide ? 2 : 1;
  return weight.copies * width * text.length + weight.comma * commas + weight.control * controls;
}

function refuseBeyond(need: number, memoryBytes: number): void {
  if (need <= memoryBytes) return;
  const message = `parsing it would take about ${Math.ceil(need / MiB)} MiB of memory, and feeds.memoryBytes is ${Math.floor(memoryBytes / MiB)} MiB`;
  throw new BrokenFeed('too-large', message);
}
