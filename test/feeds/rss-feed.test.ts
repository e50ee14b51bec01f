import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { item, parsed, rss } from './documents.ts';

const namespaces = [
  'xmlns:content="http://purl.org/rss/1.0/modules/content/"',
  'xmlns:dc="http://purl.org/dc/elements/1.1/"',
  'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"',
  'xmlns:media="http://search.yahoo.com/mrss/"',
  'xmlns:atom="http://www.w3.org/2005/Atom"',
].join(' ');

describe('an RSS document', () => {
  it('becomes its facts and its entries, in order', () => {
    const content = parsed(
      rss(
        `<link>https://harbour.example/</link><description>Tides &amp; ships</description><language>en</language>
         <lastBuildDate>Sat, 31 Jan 2026 12:00:00 +0100</lastBuildDate><category>Sea</category>
         <image><url>logo.png</url><title>x</title><link>x</link></image>
         <managingEditor>ann@harbour.example (Ann)</managingEditor>
         <atom:link rel="self" href="https://harbour.example/rss"/>
         ${item(`<title>High water</title><link>https://harbour.example/1</link><guid isPermaLink="false">tide-1</guid>
           <description>&lt;p&gt;At noon&lt;/p&gt;</description><content:encoded><![CDATA[<p>At <b>noon</b></p>]]></content:encoded>
           <dc:creator>Bo</dc:creator><pubDate>Fri, 30 Jan 2026 23:30:00 GMT</pubDate><category>Tides</category><category>Tides</category>
           <enclosure url="/noon.mp3" type="audio/mpeg" length="1234"/>
           <media:content url="https://harbour.example/noon.jpg" type="image/jpeg" fileSize="99"/><itunes:image href="cover.jpg"/>`)}
         ${item('<title>Low water</title>')}`,
        namespaces,
      ),
    );
    assert.deepEqual(content.feed, {
      format: 'rss',
      title: 'Harbour',
      link: 'https://harbour.example/',
      feedUrl: 'https://harbour.example/rss',
      description: 'Tides & ships',
      language: 'en',
      updated: '2026-01-31T11:00:00.000Z',
      image: 'https://harbour.example/logo.png',
      authors: [{ name: 'Ann', email: 'ann@harbour.example' }],
      categories: ['Sea'],
    });
    assert.equal(content.entries.length, 2);
    assert.deepEqual(content.entries[0], {
      id: 'tide-1',
      url: 'https://harbour.example/1',
      title: 'High water',
      summary: '<p>At noon</p>',
      content: '<p>At <b>noon</b></p>',
      contentType: 'html',
      authors: [{ name: 'Bo' }],
      published: '2026-01-30T23:30:00.000Z',
      categories: ['Tides'],
      image: 'https://harbour.example/cover.jpg',
      enclosures: [
        { url: 'https://harbour.example/noon.mp3', type: 'audio/mpeg', length: 1234 },
        { url: 'https://harbour.example/noon.jpg', type: 'image/jpeg', length: 99 },
      ],
    });
  });

  it('of 0.91 comes with its DOCTYPE, which nobody fetches', () => {
    const doctype =
      '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">';
    const { feed, entries } = parsed(
      `<?xml version="1.0"?>\r\n${doctype}\r\n<rss version="0.91"><channel><title>Old</title>${item('<title>a</title><link>http://old.example/a</link>')}</channel></rss>`,
    );
    assert.equal(feed.title, 'Old');
    assert.deepEqual(entries, [{ id: 'http://old.example/a', url: 'http://old.example/a', title: 'a' }]);
  });

  it('gives an entry without id its link, and without link a digest that stays the same', () => {
    const one = rss(item('<title>Fog</title><pubDate>30 Jan 2026</pubDate>') + item('<title>Ice</title>'));
    const [fog, ice] = parsed(one).entries;
    assert.match(fog!.id, /^sha256:[0-9a-f]{32}$/);
    assert.notEqual(fog!.id, ice!.id);
    assert.deepEqual(parsed(rss(item('<title>Ice</title>'))).entries, [ice]);
    const { entries } = parsed(rss(item('<guid>https://h.example/7</guid>')));
    assert.deepEqual(entries, [{ id: 'https://h.example/7', url: 'https://h.example/7' }]);
  });

  it('resolves links by xml:base, else by its page, else by the URL of its update, and leaves absolute ones alone', () => {
    const links = item('<link>a/1</link>') + item('<link>HTTPS://Other.example/%7Eb</link>');
    const urls = (document: string, url?: string) => parsed(document, url).entries.map((entry) => entry.url);
    const absolute = 'HTTPS://Other.example/%7Eb';
    assert.deepEqual(urls(rss(links)), ['a/1', absolute]);
    assert.deepEqual(urls(rss(links), 'https://u.example/x/feed'), ['https://u.example/x/a/1', absolute]);
    const page = `<link>https://p.example/q/</link>${links}`;
    assert.deepEqual(urls(rss(page), 'https://u.example/x'), ['https://p.example/q/a/1', absolute]);
    const based = rss(page, 'xml:base="/base/"');
    assert.deepEqual(urls(based, 'https://u.example/x'), ['https://p.example/base/a/1', absolute]);
  });

  it('may have no entries, and may sin within its texts', () => {
    assert.deepEqual(parsed(rss('')).entries, []);
    const { entries } = parsed(rss(item('<title>Fish & chips &nbsp;&eacute;&#233; &unknown; AT&T</title>')));
    assert.equal(entries[0]!.title, 'Fish & chips \u00a0éé &unknown; AT&T');
  });
});
