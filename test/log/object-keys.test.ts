import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectFolder, objectKey, parseObjectKey } from '../../src/log/object-keys.ts';

const prefix = 'feed-updates/';

test('a key names the server, the MD5 of the URL and a second, as older fleets write it', () => {
  assert.equal(
    objectKey(prefix, 'a', 'https://ex.com/45.xml', 1795361137),
    'feed-updates/a/016d7dd5e1f1838e0f45869f0c317b0f_1795361137.json',
  );
});

test('what was built is parsed, also under a prefix of several folders', () => {
  const key = objectKey('x/y/', 'web-1', 'é', 1);
  assert.ok(key.startsWith(objectFolder('x/y/', 'web-1')));
  assert.deepEqual(parseObjectKey('x/y/', key), {
    server: 'web-1',
    name: key.slice('x/y/web-1/'.length),
  });
});

test('any name that ends in .json is an object, in folders of a folder too', () => {
  assert.deepEqual(parseObjectKey(prefix, 'feed-updates/Web_1/hand made.json'), {
    server: 'Web_1',
    name: 'hand made.json',
  });
  assert.deepEqual(parseObjectKey(prefix, 'feed-updates/a/b/c.json'), { server: 'a', name: 'b/c.json' });
});

test('folder markers, other endings and keys outside a folder are not of the layout', () => {
  for (const name of ['a/', 'a/.json', 'a/x.txt', 'x.json', '/x.json', ''])
    assert.equal(parseObjectKey(prefix, `${prefix}${name}`), undefined, name);
  assert.equal(parseObjectKey(prefix, 'elsewhere/a/x.json'), undefined);
});
