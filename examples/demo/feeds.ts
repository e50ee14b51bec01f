import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A document as a feed reader's server would have fetched it. */
export interface FeedDocument {
  readonly name: string;
  /** As fetched: whatever the encoding, it has to arrive byte by byte. */
  readonly bytes: Uint8Array;
}

/** The documents of a folder in order of their names; by default the demonstration's own, and one large one. */
export function feedDocuments(folder?: string): FeedDocument[] {
  const from = folder ?? fileURLToPath(new URL('./feeds/', import.meta.url));
  const files = readdirSync(from, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ name, bytes: new Uint8Array(readFileSync(join(from, name))) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return folder === undefined
    ? [...files, { name: 'complete-archive.atom', bytes: new TextEncoder().encode(archive(600)) }]
    : files;
}

/** What a document is recognised by after its journey. */
export function digestOf(document: Uint8Array): string {
  return createHash('sha256').update(document).digest('hex');
}

/** A feed of every entry since the beginning, as some sites serve it: about 285 KB. */
function archive(entries: number): string {
  const head = '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n';
  const title = '<title>The complete archive</title><id>tag:example.org,2026:all</id>\n';
  return `${head}${title}${Array.from({ length: entries }, (_, index) => archiveEntry(index)).join('')}</feed>\n`;
}

function archiveEntry(index: number): string {
  const day = new Date(Date.UTC(2020, 0, 1 + index)).toISOString();
  const words = Array.from({ length: 40 }, (_, word) => lexicon[(index * 7 + word * word) % lexicon.length]);
  return [
    `<entry><title>Entry ${index}: ${escaped(words.slice(0, 5).join(' '))}</title><id>tag:example.org,2026:${index}</id>`,
    `<updated>${day}</updated><link href="https://example.org/archive/${index}"/>`,
    `<content type="html"><![CDATA[<p>${words.join(' ')}</p>]]></content></entry>\n`,
  ].join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const lexicon =
  'harbour lantern ferry tide über smörgås café naïve 風鈴 🐦 zinc meadow kiln “quoted” & < oak — river frost'.split(
    ' ',
  );
