import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { directoryOfPrefix, fromBytes, parseName, pathOfKey, toBytes } from '../../src/store/file-names.ts';

describe('the file of a key', () => {
  it('has a readable name where the key is plain', () => {
    assert.deepEqual(pathOfKey('v1/tips/a~1~2/0.1'), ['v1', 'tips', 'a~1~2', '0.1.o']);
  });

  it('is never outside, hidden, too long, or another key’s on a disk that folds case', () => {
    const seen = new Map<string, string>();
    for (const key of keys()) {
      const path = pathOfKey(toBytes(key));
      for (const name of path) {
        assert.match(name, /^[a-z0-9_~=+,@%-][a-z0-9_~=+,@.%-]*$/);
        assert.ok(name.length <= 255, `${name.length}`);
      }
      assert.ok(path.join('/').length < 3500);
      assert.equal(seen.get(path.join('/')), undefined, key);
      seen.set(path.join('/'), key);
    }
  });

  it('gives the key back, name by name', () => {
    for (const key of keys()) {
      const parts = pathOfKey(toBytes(key)).map((name) => parseName(name)?.key);
      assert.equal(fromBytes(parts.join('')), key);
    }
  });

  it('lies in the directory of each of the key’s prefixes', () => {
    for (const key of keys()) {
      const path = pathOfKey(toBytes(key));
      const bytes = toBytes(key);
      for (let length = 0; length <= bytes.length; length += 1) {
        const directory = directoryOfPrefix(bytes.slice(0, length));
        assert.deepEqual(path.slice(0, directory.path.length), directory.path);
        assert.equal(bytes.slice(0, directory.key.length), directory.key);
      }
    }
  });

  it('is not mistaken for what others leave in the directory', () => {
    for (const name of [
      '%tmp',
      '%lock',
      '%lock-journal',
      '.DS_Store',
      'Upper',
      'a%2',
      '%41x%',
      'a%61',
      '%2Fb.o',
      '..',
      '.',
    ]) {
      assert.equal(parseName(name), undefined, name);
    }
  });
});

function keys(): string[] {
  const parts = [
    'a',
    'A',
    '..',
    '.',
    '',
    'x.o',
    'é',
    'tmp',
    '%tmp',
    's'.repeat(79),
    's'.repeat(80),
    'S'.repeat(161),
  ];
  return [
    'plain',
    ...parts.flatMap((one) => parts.map((two) => `${one}/${two}`)),
    '/'.repeat(512),
    'É'.repeat(512),
  ];
}
