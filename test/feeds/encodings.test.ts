import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFeed } from '../../src/feeds/parse-feed.ts';
import { item, memoryBytes, parsed } from './documents.ts';

const text = 'Grüße – “Šest”';

function document(title: string, encoding?: string): string {
  const declaration = encoding === undefined ? '' : `<?xml version="1.0" encoding="${encoding}"?>`;
  return `${declaration}<rss version="2.0"><channel>${item(`<title>${title}</title>`)}</channel></rss>`;
}

const title = (bytes: string | Uint8Array) => parsed(bytes).entries[0]?.title;
const latin = (value: string) => Buffer.from(value, 'latin1');
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();

/** What is not ASCII, by what the encoding has for it. */
function encoded(value: string, bytes: Readonly<Record<string, number>>): Buffer {
  return Buffer.from(value.split('').map((letter) => bytes[letter] ?? letter.charCodeAt(0)));
}

describe('a document that comes as bytes', () => {
  it('is UTF-8 when it says so, or nothing, with and without a byte order mark', () => {
    assert.equal(title(Buffer.from(document(text))), text);
    assert.equal(title(Buffer.from(document(text, 'UTF-8'))), text);
    assert.equal(title(Buffer.from(`\uFEFF${document(text, 'UTF-8')}`)), text);
    assert.equal(title(Buffer.from(`\n  ${document(text)}\n`)), text);
  });

  it('is UTF-16 by its mark or by its look, either way round', () => {
    for (const encoding of ['UTF-16', undefined]) {
      const little = Buffer.from(document(text, encoding), 'utf16le');
      const mark = Buffer.from([0xff, 0xfe]);
      assert.equal(title(little), text);
      assert.equal(title(swapped(little)), text);
      assert.equal(title(Buffer.concat([mark, little])), text);
      assert.equal(title(swapped(Buffer.concat([mark, little]))), text);
    }
  });

  it('is what its declaration says', () => {
    const windows = { ü: 0xfc, ß: 0xdf, '–': 0x96, '“': 0x93, '”': 0x94, Š: 0x8a };
    assert.equal(title(encoded(document(text, 'windows-1252'), windows)), text);
    assert.equal(title(latin(document('Grüße', 'ISO-8859-1'))), 'Grüße');
    assert.equal(title(encoded(document('5 €', 'iso-8859-15'), { '€': 0xa4 })), '5 €');
    assert.equal(title(encoded(document('мир', 'windows-1251'), { м: 0xec, и: 0xe8, р: 0xf0 })), 'мир');
    assert.equal(title(encoded(document('мир', 'koi8-r'), { м: 0xcd, и: 0xc9, р: 0xd2 })), 'мир');
    assert.equal(title(Buffer.from(document('plain', 'us-ascii'))), 'plain');
  });

  it('is UTF-8 when it says UTF-16 but can be read byte by byte', () => {
    assert.equal(title(Buffer.from(document(text, 'utf-16'))), text);
  });

  it('is Windows-1252 when it says nothing and is not UTF-8', () => {
    assert.equal(title(latin(document('Últimas Notícias'))), 'Últimas Notícias');
  });

  it('is broken when it is not what it says, or says what nobody knows', () => {
    const broken = (bytes: Uint8Array, message: RegExp) =>
      assert.throws(() => parseFeed(bytes, '', { memoryBytes }), { reason: 'encoding', message });
    broken(latin(document('Grüße', 'utf-8')), /it is not utf-8/);
    broken(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), latin(document('Grüße'))]), /it is not utf-8/);
    broken(Buffer.from(document('x', 'klingon')), /the encoding "klingon" is not known/);
    broken(Buffer.from(document(text), 'utf16le').subarray(0, -1), /it is not utf-16le/);
  });
});

describe('a document that comes as text', () => {
  it('is decoded already, whatever it says', () => {
    assert.equal(title(document(text, 'iso-8859-1')), text);
    assert.equal(title(`\uFEFF${document(text, 'klingon')}`), text);
  });
});
