import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasMoreValues } from '../../src/log/json-values.ts';

const has = (text: string, most: number) => hasMoreValues(Buffer.from(text), most);

test('values are counted by what parts them, whatever stands in strings', () => {
  const list = JSON.stringify(Array.from({ length: 100 }, () => ({})));
  assert.deepEqual([has(list, 100), has(list, 500)], [true, false]);
  const texts = [',,,,,', '"', '\\', '\\"[{,', '{{{{', '[[[['].flatMap((text) => [text, text]);
  const strings = JSON.stringify([...texts, 'x'.repeat(100)]);
  assert.deepEqual([has(strings, 14), has(strings, 13)], [false, true], strings);
});

test('what is short enough cannot have more, and what is no JSON is left to the parser', () => {
  assert.equal(has('[[[[', 3), false);
  assert.equal(has(`"${'[,'.repeat(100)}`, 10), false);
  assert.equal(has(`"${'\\'.repeat(101)}"[,`, 10), false);
});
