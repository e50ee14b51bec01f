import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnEchoes } from '../../src/hints/own-echoes.ts';

const bytes = (text: string) => Buffer.from(text);

test('what was sent is known when it comes back, once for each time, and others in between are not', () => {
  const echoes = new OwnEchoes();
  for (const text of ['a', 'b', 'b']) echoes.sent(bytes(text));
  const heard = ['x', 'a', 'y', 'b', 'b', 'b', 'a'].map((text) => echoes.isOwn(bytes(text)));
  assert.deepEqual(heard, [false, true, false, true, true, false, false]);
});

test('those that were forgotten are heard, and hide none that come after', () => {
  const echoes = new OwnEchoes();
  for (let index = 0; index < 1_100; index += 1) echoes.sent(bytes(`hint ${index}`));
  const heard = Array.from({ length: 1_100 }, (_, index) => echoes.isOwn(bytes(`hint ${index}`)));
  assert.equal(heard.indexOf(true), 100);
  assert.equal(heard.filter(Boolean).length, 1_000);
  echoes.sent(bytes('refused'));
  echoes.forgetAll();
  echoes.sent(bytes('sent'));
  assert.equal(echoes.isOwn(bytes('sent')), true);
});
