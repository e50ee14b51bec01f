import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionalPackage } from '../../src/hints/optional-package.ts';

test('a package that is not installed is named, with the setting that wants it and how to install it', async () => {
  const name = '@bucketcast/no-such-package';
  await assert.rejects(
    optionalPackage(name, 'hints.nats', () => import(name)),
    {
      code: 'invalid-settings',
      message: `hints.nats: the package ${name} is not installed`,
      hint: `npm install ${name}`,
    },
  );
});

test('one that is there and does not work says why', async () => {
  const broken = () => Promise.reject(new Error('no native build'));
  await assert.rejects(optionalPackage('zeromq', 'hints.zeromq', broken), {
    code: 'invalid-settings',
    message: /zeromq cannot be loaded \(no native build\)/,
  });
  assert.equal(await optionalPackage('any', 'any', async () => 7), 7);
});
