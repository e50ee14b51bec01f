import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MiB } from '../../src/config/units.ts';
import { BrokenFeed } from '../../src/feeds/broken-feed.ts';
import { item, parsed, rss } from './documents.ts';

/** Why it is broken; `undefined` when it is not. */
function reason(document: string | Uint8Array, memoryBytes?: number): string | undefined {
  try {
    parsed(document, 'urn:none', memoryBytes);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof BrokenFeed, String(error));
    return error.reason;
  }
}

const times = (text: string, count: number) => text.repeat(count);
const json = (items: string) => `{"version":"https://jsonfeed.org/version/1.1","title":"a","items":${items}}`;

describe('what is no feed', () => {
  it('is told from one that is broken', () => {
    const page =
      '<!doctype html><html><head><meta charset="utf-8"><title>404</title></head><body><p>Gone<br></body></html>';
    for (const document of [
      page,
      '',
      '  \n',
      '404 Not Found',
      '<opml version="2.0"><body/></opml>',
      '<!-- nothing -->',
      '{"title": 1}',
      '[1, 2]',
      '{"rss": {"version": "2.0"}}',
      Uint8Array.from({ length: 256 }, (_, byte) => byte),
      new Uint8Array(1000),
    ])
      assert.equal(reason(document), 'not-a-feed', String(document).slice(0, 40));
  });
});

describe('broken XML', () => {
  const whole = rss(item('<title a="b">x</title><description><![CDATA[c]]></description><!-- d --><?e f?>'));

  it('is malformed wherever it is cut off', () => {
    assert.equal(reason(whole), undefined);
    const root = whole.indexOf('<rss') + '<rss version="2.0" >'.length;
    for (let length = root; length < whole.length; length++)
      assert.equal(reason(whole.slice(0, length)), 'malformed', whole.slice(0, length));
  });

  it('is malformed when its tags do not match', () => {
    for (const document of [
      rss('<item>'),
      rss('</item>'),
      rss('<a><b></a></b>'),
      rss('<a b="></a>'),
      rss('<!ELEMENT a>'),
      rss('1 < 2'),
      rss('') + rss('').slice(rss('').indexOf('<rss')),
      rss(item('<title>a\0b</title>')),
      '<rss version="2.0"></rss>',
      json('[').slice(0, -1),
      json('[tru]'),
    ])
      assert.equal(reason(document), 'malformed', document);
  });

  it('cannot reach into the objects that it becomes', () => {
    const names = '<__proto__><polluted>1</polluted></__proto__><constructor>x</constructor><prototype/>';
    assert.ok([undefined, 'malformed'].includes(reason(rss(names + item(names)))));
    const text = json('[{"id":"1","__proto__":{"polluted":1}}]');
    assert.deepEqual(parsed(text).entries, [{ id: '1' }]);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});

describe("entities of a document's own", () => {
  it('are never expanded and never fetched: the document is broken', () => {
    const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${times(`&l${i};`, 10)}">`);
    for (const subset of [
      `<!ENTITY l0 "ha">${laughs.join('')}`,
      `<!ENTITY big "${times('x', 100_000)}">`,
      '<!ENTITY file SYSTEM "file:///etc/passwd">',
      '<!ENTITY % remote SYSTEM "http://127.0.0.1:1/x.dtd"> %remote;',
      '<!ELEMENT a ANY> <!ENTITY a "]>">',
    ]) {
      const document = `<!DOCTYPE rss [${subset}]>${rss(item(`<title>${times('&big;&l9;', 50_000)}</title>`)).slice(21)}`;
      assert.equal(reason(document), 'entities', subset.slice(0, 60));
    }
    assert.equal(
      reason(
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd"><rss version="2.0"><channel><title>a</title></channel></rss>',
      ),
      undefined,
    );
  });
});

describe('a document without end', () => {
  it('is refused before it takes memory', () => {
    for (const document of [
      rss(times('<item/>', 100000)),
      rss(`<a>${times('a', 1125000)}</a>`),
      rss(`<a ${times('b ', 75000)}/>`),
      rss(item(`<title>${times('&amp;', 250000)}</title>`)),
      rss(times('\r', 1000000)),
      rss(item(`<title>${times('\u0001', 1000000)}</title>`)),
      rss(`<itunes:keywords>${times('ab,', 375000)}</itunes:keywords>`),
      rss(times('<?a b?>', 37500)),
      json(`[${times('{},', 375000)}{}]`),
      json(`[${times('[],', 500000)}{}]`),
      json(`[{${Array.from({ length: 125000 }, (_, i) => `"k${i}":"${i}"`).join(',')}}]`),
    ])
      assert.equal(reason(document, 32 * MiB), 'too-large', document.slice(0, 120));
  });

  it('is refused by its depth', () => {
    assert.equal(reason(rss(times('<a>', 1e6) + times('</a>', 1e6))), 'malformed');
    assert.equal(
      reason(rss(times('<a>', 200) + times('</a>', 200))),
      'malformed',
      'what is a node nests less',
    );
    const markup = times('<div>', 200) + times('</div>', 200);
    const xhtml = `<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>x</title><entry><id>1</id><content type="xhtml"><div>${markup}</div></content></entry></feed>`;
    assert.equal(parsed(xhtml).entries[0]!.content, markup, 'content may nest deeper');
    assert.equal(reason(json(times('[', 1e6) + times(']', 1e6))), 'malformed');
  });

  it('that ends after all is read in time that grows with its length', () => {
    for (const document of [
      rss(item(`<title>${times('a', 1_000_000)}</title>`)),
      rss(item(`<content:encoded><![CDATA[${times('<b>&amp;</b>', 200_000)}]]></content:encoded>`)),
      rss(item(`<description>${times('<!-- -->', 200_000)}</description>`)),
      rss(`<a b="${times('>', 1_000_000)}"/>`),
    ])
      assert.equal(reason(document), undefined);
    for (const document of [
      times('<!DOCTYPE a[]>', 2_000_000),
      times('<', 1_000_000),
      rss(times('<', 1_000_000)),
      rss(times('<a "', 200_000)),
      `<rss version${times(' ', 1_000_000)}`,
      rss(times('<![CDATA[', 300_000)),
      rss(times('<!--', 200_000)),
      rss(times('<title>', 400)),
    ])
      assert.match(reason(document) ?? '', /malformed|not-a-feed/);
  });
});
