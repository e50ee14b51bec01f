import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsed } from './documents.ts';

describe('an Atom document', () => {
  it('becomes the same shape, with XHTML as the markup in its div, and links by xml:base', () => {
    const { feed, entries } = parsed(`<?xml version="1.0" encoding="utf-8"?>
      <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nb" xml:base="https://fjord.example/blog/">
        <id>urn:fjord</id><title type="text">Fjord &lt;b&gt;</title><subtitle>Cold</subtitle>
        <updated>2026-01-31T12:00:00+01:00</updated><logo>/logo.png</logo><author><name>Kari</name><uri>kari</uri></author>
        <link href="."/><link rel="self" href="feed.atom"/><category term="ice"/>
        <entry xml:base="2026/"><id>urn:fjord:1</id><title type="html">Thin &amp;amp; blue</title>
          <link rel="alternate" type="application/json" href="one.json"/><link rel="alternate" type="text/html" href="one"/>
          <link rel="enclosure" href="one.ogg" type="audio/ogg" length="5"/>
          <published>2026-01-30T10:00:00Z</published><updated>2026-01-31T10:00:00.5Z</updated><category term="ice" label="Ice"/>
          <summary>Short</summary>
          <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Blue <em>ice</em> &amp; snow</p></div></content></entry>
        <entry><id>urn:fjord:2</id><title>Plain</title><updated>yesterday</updated><content>a &lt; b</content></entry>
      </feed>`);
    assert.deepEqual(feed, {
      format: 'atom',
      id: 'urn:fjord',
      title: 'Fjord <b>',
      link: 'https://fjord.example/blog/',
      feedUrl: 'https://fjord.example/blog/feed.atom',
      description: 'Cold',
      language: 'nb',
      updated: '2026-01-31T11:00:00.000Z',
      image: 'https://fjord.example/logo.png',
      authors: [{ name: 'Kari', url: 'https://fjord.example/blog/kari' }],
      categories: ['ice'],
    });
    assert.deepEqual(entries, [
      {
        id: 'urn:fjord:1',
        url: 'https://fjord.example/blog/2026/one',
        title: 'Thin &amp; blue',
        summary: 'Short',
        content: '<p>Blue <em>ice</em> &amp; snow</p>',
        contentType: 'html',
        published: '2026-01-30T10:00:00.000Z',
        updated: '2026-01-31T10:00:00.500Z',
        categories: ['ice'],
        enclosures: [{ url: 'https://fjord.example/blog/2026/one.ogg', type: 'audio/ogg', length: 5 }],
      },
      { id: 'urn:fjord:2', title: 'Plain', content: 'a < b', contentType: 'text' },
    ]);
  });

  it('is told by its root, whatever its texts are about, and whatever prefix it has', () => {
    const { feed, entries } = parsed(
      '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:id>x</a:id><a:title>On <![CDATA[<rss version="2.0">]]></a:title><a:entry><a:id>1</a:id></a:entry></a:feed>',
    );
    assert.equal(feed.format, 'atom');
    assert.equal(feed.title, 'On <rss version="2.0">');
    assert.deepEqual(entries, [{ id: '1' }]);
  });
});

describe('an RDF document', () => {
  it('becomes the same shape: RSS 1.0 with Dublin Core', () => {
    const { feed, entries } =
      parsed(`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
      <channel rdf:about="https://moss.example/rdf"><title>Moss</title><link>https://moss.example/</link><description>Green</description>
        <dc:language>fi</dc:language><dc:date>2026-01-31</dc:date></channel>
      <item rdf:about="urn:moss:1"><title>Soft</title><link>/soft</link><description>d</description><dc:creator>Aino</dc:creator>
        <dc:date>2026-01-30T08:00+02:00</dc:date><dc:subject>bog</dc:subject><content:encoded>&lt;i&gt;c&lt;/i&gt;</content:encoded></item>
    </rdf:RDF>`);
    assert.deepEqual(feed, {
      format: 'rdf',
      id: 'https://moss.example/rdf',
      title: 'Moss',
      link: 'https://moss.example/',
      description: 'Green',
      language: 'fi',
      updated: '2026-01-31T00:00:00.000Z',
    });
    assert.deepEqual(entries, [
      {
        id: 'urn:moss:1',
        url: 'https://moss.example/soft',
        title: 'Soft',
        summary: 'd',
        content: '<i>c</i>',
        contentType: 'html',
        authors: [{ name: 'Aino' }],
        published: '2026-01-30T06:00:00.000Z',
        categories: ['bog'],
      },
    ]);
  });

  it('of RSS 0.90 is one, too', () => {
    const { feed, entries } = parsed(
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://channel.netscape.com/rdf/simple/0.9/"><channel><title>First</title></channel><item><title>a</title><link>http://a.example/</link></item></rdf:RDF>',
    );
    assert.equal(feed.format, 'rdf');
    assert.deepEqual(entries, [{ id: 'http://a.example/', url: 'http://a.example/', title: 'a' }]);
  });
});

describe('a JSON Feed', () => {
  it('becomes the same shape', () => {
    const { feed, entries } = parsed(
      JSON.stringify({
        version: 'https://jsonfeed.org/version/1.1',
        title: 'Kelp',
        home_page_url: 'https://kelp.example/',
        feed_url: 'https://kelp.example/feed.json',
        description: 'Wet',
        language: 'is',
        icon: 'icon.png',
        authors: [{ name: 'Jón', url: '/jon' }],
        items: [
          {
            id: 7,
            url: '7',
            title: 'Long',
            content_html: '<p>x</p>',
            content_text: 'x',
            summary: 's',
            date_published: '2026-01-31T12:00:00-02:00',
            date_modified: 'soon',
            tags: ['a', 'b'],
            image: '/i.jpg',
            attachments: [{ url: '/a.mp3', mime_type: 'audio/mpeg', size_in_bytes: 3 }],
          },
          { id: 'b', content_text: 'plain' },
        ],
      }),
    );
    assert.deepEqual(feed, {
      format: 'json',
      id: 'https://kelp.example/feed.json',
      title: 'Kelp',
      link: 'https://kelp.example/',
      feedUrl: 'https://kelp.example/feed.json',
      description: 'Wet',
      language: 'is',
      image: 'https://kelp.example/icon.png',
      authors: [{ name: 'Jón', url: 'https://kelp.example/jon' }],
    });
    assert.deepEqual(entries, [
      {
        id: '7',
        url: 'https://kelp.example/7',
        title: 'Long',
        summary: 's',
        content: '<p>x</p>',
        contentType: 'html',
        published: '2026-01-31T14:00:00.000Z',
        categories: ['a', 'b'],
        image: 'https://kelp.example/i.jpg',
        enclosures: [{ url: 'https://kelp.example/a.mp3', type: 'audio/mpeg', length: 3 }],
      },
      { id: 'b', content: 'plain', contentType: 'text' },
    ]);
  });
});
