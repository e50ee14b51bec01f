import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { urlFromName, urlFromTemplate, urlRule } from '../../src/sources/file-urls.ts';
import { parseSidecar } from '../../src/sources/sidecar.ts';

describe('URLs of files', () => {
  it('a name in which every sign of the URL became an underscore gives the likeliest URL', () => {
    const urls = {
      'https___example.com_feed.xml.feed': 'https://example.com/feed.xml',
      'http___example.com_a_b_c.rss.feed': 'http://example.com/a/b/c.rss',
      'https___example.com.feed': 'https://example.com',
      'https___example.com_.feed': 'https://example.com/',
      'https___example.com__x.feed': 'https://example.com//x',
      'https___example.com_feed.xml': 'https://example.com/feed.xml',
      'https___bücher.example_ä ö.xml.feed': 'https://bücher.example/ä ö.xml',
      'https___example.com_a\nb.feed': 'https://example.com/a\nb',
      'https___example.com_8080_x.feed': 'https://example.com/8080/x',
    };
    for (const [name, url] of Object.entries(urls)) assert.equal(urlFromName(name), url);
  });

  it('a name without such a scheme is the URL as it stands', () => {
    const urls = {
      'headlines_update.feed': 'headlines_update',
      'ftp___example.com.feed': 'ftp___example.com',
      'https__example.com.feed': 'https__example.com',
      'HTTPS___EXAMPLE.COM.feed': 'HTTPS___EXAMPLE.COM',
      'a.FEED': 'a.FEED',
      '..feed': '.',
      '{name}.feed': '{name}',
    };
    for (const [name, url] of Object.entries(urls)) assert.equal(urlFromName(name), url);
  });

  it('a name that leaves nothing to go by gives no URL', () => {
    for (const name of ['', '.feed', 'https___.feed', 'http___', 'https____example.com.feed']) {
      assert.equal(urlFromName(name), undefined, name);
    }
  });

  it('a directory of the file says nothing where the name tells', () => {
    assert.equal(urlRule('name')?.('a/b/https___example.com_x.feed'), 'https://example.com/x');
  });

  it('a template is filled in with path, name and stem, each encoded', () => {
    const of = (template: string, path: string) => urlFromTemplate(template, path);
    assert.equal(
      of('https://e.org/{path}', 'img/a b/ü?#%.png'),
      'https://e.org/img/a%20b/%C3%BC%3F%23%25.png',
    );
    assert.equal(of('https://e.org/{name}', 'img/a.tar.gz'), 'https://e.org/a.tar.gz');
    assert.equal(of('https://e.org/{stem}', 'img/a.tar.gz'), 'https://e.org/a.tar');
    assert.equal(of('{stem}', '.hidden'), '.hidden');
    assert.equal(of('{stem}{stem}', 'x.y'), 'xx');
    assert.equal(of('u:{path}', 'a\nb'), 'u:a%0Ab');
  });

  it('a file cannot name another field by its own name', () => {
    assert.equal(urlFromTemplate('{name}', '{path}'), '%7Bpath%7D');
    assert.equal(urlFromTemplate('{name}', '$&$1'), '%24%26%241');
  });

  it('a path that leads elsewhere, or is no text, gives no URL', () => {
    for (const path of ['', '..', '../a', 'a/../b', '/etc/passwd', 'a//b', './a', 'a/', '\ud800']) {
      assert.equal(urlFromTemplate('https://e.org/{path}', path), undefined, path);
    }
  });

  it('a template that cannot tell files apart is refused', () => {
    const messages = {
      'https://e.org/': /gives all files one URL/,
      'https://e.org/{pth}': /\{pth\} is unknown/,
      nam: /neither `name` nor `sidecar`/,
      '{path}{}': /\{\} is unknown/,
    };
    for (const [template, message] of Object.entries(messages)) {
      assert.throws(
        () => urlRule(template),
        (error) => isBucketcastError(error, 'invalid-settings') && message.test(error.message),
      );
    }
    assert.equal(urlRule('sidecar'), undefined);
  });
});

describe('sidecars', () => {
  it('say the URL, and data if they like', () => {
    assert.deepEqual(parseSidecar('{"url":"u"}'), { url: 'u' });
    assert.deepEqual(parseSidecar('{"url":"u","data":null,"more":1}'), { url: 'u', data: null });
    const hostile = parseSidecar('{"url":"u","data":{"__proto__":{"x":1}}}');
    assert.equal(({} as { x?: number }).x, undefined);
    assert.equal(JSON.stringify(hostile.data), '{"__proto__":{"x":1}}');
  });

  it('that say none say what is wrong', () => {
    const wrong = {
      '': /no JSON/,
      '{"url":"u"': /no JSON/,
      '[]': /expected an object/,
      null: /expected an object/,
      '"u"': /expected an object/,
      '{}': /url: expected/,
      '{"url":""}': /url: expected/,
      '{"url":1}': /url: expected/,
    };
    for (const [text, message] of Object.entries(wrong)) assert.throws(() => parseSidecar(text), message);
    const deep = `{"url":"u","data":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
    assert.throws(() => parseSidecar(deep), /nested deeper/);
  });
});
