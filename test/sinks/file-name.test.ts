import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileName, isTemporaryName, markedFileName, temporaryName } from '../../src/sinks/file-name.ts';

test('a URL becomes the name that feed readers of this kind have always given it', () => {
  assert.equal(fileName('https://example.com/feed.xml', '.feed'), 'https___example.com_feed.xml.feed');
  assert.equal(fileName('headlines_update', ''), 'headlines_update');
});

const hostile = [
  '.',
  '..',
  '...',
  '../../etc/passwd',
  '/etc/passwd',
  '\\\\server\\share',
  'C:\\x',
  'a\0b',
  'a\nb',
  '-rf',
  '.htaccess',
  '~root',
  'x.',
  'x ',
  '😀',
  'é',
  'e\u0301',
  '%2e%2e%2f',
  'x'.repeat(300),
  '😀'.repeat(3000),
  '.'.repeat(300),
  `${'x'.repeat(195)}.`,
  '',
];

test('whatever the URL, its name is short plain ASCII that stays in its directory and hides nothing', () => {
  for (const suffix of ['.feed', '']) {
    for (const url of hostile) {
      for (const name of [fileName(url, suffix), markedFileName(url, suffix)]) {
        assert.match(name, /^[A-Za-z0-9_~][A-Za-z0-9._~-]*$/, JSON.stringify(url));
        assert.ok(!name.endsWith('.') && name.length <= 200, name);
        assert.equal(resolve('/srv/feeds', name), join('/srv/feeds', name));
      }
    }
  }
});

test('names of devices are no names of files, in any case and with any ending', () => {
  for (const url of ['CON', 'con', 'NUL', 'nul.txt', 'Com1', 'LPT9.x.y', 'aux']) {
    for (const suffix of ['.feed', '']) assert.match(fileName(url, suffix), /^_/, url);
  }
  assert.equal(fileName('contents', '.feed'), 'contents.feed');
  assert.equal(fileName('com10', ''), 'com10');
});

test('long URLs that begin alike have different names', () => {
  const [a, b] = ['a', 'b'].map((end) => fileName(`https://example.com/${'x'.repeat(300)}${end}`, '.feed'));
  assert.notEqual(a, b);
  assert.match(a as string, /~[0-9a-f]{32}\.feed$/);
});

test('a marked name is that of one URL only, and of no other plain name', () => {
  assert.notEqual(markedFileName('a/b', ''), markedFileName('a_b', ''));
  assert.equal(fileName(markedFileName('a', ''), '').includes('~'), false);
});

test('a temporary name is hidden, and that of no URL', () => {
  const name = temporaryName('0a'.repeat(16));
  assert.ok(name.startsWith('.') && isTemporaryName(name));
  assert.equal(isTemporaryName(fileName(name, '')), false);
  assert.equal(isTemporaryName('.bucketcast-notes.tmp'), false);
});
