import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { jsonText, maxJsonDepth, parseJsonText } from '../../src/log/json-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { randomJson } from './support/random-updates.ts';

test('any JSON value comes back as it was', () => {
  const random = new SeededRandom(11);
  for (let i = 0; i < 2000; i++) {
    const value = randomJson(random, 4);
    assert.deepEqual(parseJsonText(jsonText(value, 'content')), JSON.parse(JSON.stringify(value)));
  }
});

test('what is not JSON is refused with its path', () => {
  const refused: [unknown, string][] = [
    [{ items: [1, 2, 3, { price: Number.NaN }] }, 'content.items[3].price: NaN is not JSON'],
    [[Number.NEGATIVE_INFINITY], 'content[0]: -Infinity is not JSON'],
    [{ a: undefined }, 'content.a: undefined is not JSON'],
    [Array(2), 'content[0]: undefined is not JSON'],
    [{ 'a b': () => 1 }, 'content["a b"]: a function is not JSON'],
    [{ n: 1n }, 'content.n: a bigint is not JSON'],
    [Symbol('x'), 'content: a symbol is not JSON'],
    [{ when: new Date(0) }, 'content.when: a Date is not JSON'],
    [new Map(), 'content: a Map is not JSON'],
    [Object(1), 'content: a Number is not JSON'],
    [{ b: new Uint8Array(1) }, 'content.b: a byte array inside a value is not JSON'],
    [new URL('https://example.org'), 'content: a URL is not JSON'],
    [Object.create({ inherited: 1 }), 'content: a Object is not JSON'],
  ];
  for (const [value, message] of refused) {
    assert.throws(() => jsonText(value, 'content'), { code: 'invalid-update', message });
  }
});

test('a cycle is refused, naming both of its ends', () => {
  const tree: Record<string, unknown> = { child: {} };
  (tree.child as Record<string, unknown>).back = [tree.child];
  const message = 'content.child.back[0]: refers back to content.child, and a cycle is not JSON';
  assert.throws(() => jsonText(tree, 'content'), { code: 'invalid-update', message });
});

test('one object in two places is not a cycle', () => {
  const shared = { a: 1 };
  assert.equal(jsonText([shared, shared], 'content'), '[{"a":1},{"a":1}]');
});

test('nesting is limited on both sides', () => {
  const nest = (levels: number) => {
    let value: unknown = 1;
    for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { v: value };
    return value;
  };
  const deepest = jsonText(nest(maxJsonDepth), 'content');
  assert.deepEqual(parseJsonText(deepest), nest(maxJsonDepth));
  assert.throws(() => jsonText(nest(maxJsonDepth + 1), 'content'), { code: 'invalid-update' });
  assert.throws(() => parseJsonText(`[${deepest}]`), /nested deeper than 1000 levels/);
  assert.throws(() => parseJsonText('['.repeat(5_000_000)), /nested deeper/);
});

test('brackets inside strings do not count as nesting', () => {
  const text = JSON.stringify([`\\"${'[{'.repeat(5000)}`, '\\']);
  assert.equal(jsonText(parseJsonText(text), 'content'), text);
});

test('a __proto__ key is an ordinary property and changes no prototype', () => {
  const value = parseJsonText('{"__proto__":{"polluted":true}}');
  assert.equal(jsonText(value, 'content'), '{"__proto__":{"polluted":true}}');
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test('plain objects of another realm, and those without a prototype, are plain', () => {
  assert.equal(jsonText(runInNewContext('({ a: [1, { b: 2 }] })'), 'content'), '{"a":[1,{"b":2}]}');
  assert.equal(jsonText(Object.assign(Object.create(null), { a: 1 }), 'content'), '{"a":1}');
});
