import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../../src/base/update.ts';
import { parseShape } from '../../src/log/shape.ts';
import { readShaped } from '../../src/log/shape-reader.ts';
import { ShapeWriter } from '../../src/log/shape-writer.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const long = 'a text that is long enough to be worth a shape, and then some more of it';

/** The value's bytes, once its shape has come so often that it is written by it. */
function written(value: unknown): Buffer | undefined {
  const writer = new ShapeWriter();
  for (let uses = 0; uses < 4; uses += 1) assert.equal(writer.take(value), undefined);
  const shaped = writer.take(value);
  if (shaped === undefined) return undefined;
  const bytes = Buffer.alloc(shaped.length + 2, 0xee);
  shaped.write(bytes, 1);
  assert.deepEqual([bytes[0], bytes.at(-1)], [0xee, 0xee]);
  return bytes.subarray(1, -1);
}

/** Read so often that it is interpreted at first and compiled at last. */
function read(bytes: Buffer): unknown[] {
  return Array.from({ length: 12 }, () => readShaped(bytes, 0, bytes.length));
}

function assertSame(value: unknown): void {
  const bytes = written(value);
  assert.ok(bytes, JSON.stringify(value));
  const json = JSON.stringify(value);
  const expected: unknown = JSON.parse(json);
  for (const got of read(bytes)) {
    assert.deepEqual(got, expected);
    assert.equal(JSON.stringify(got), json);
  }
}

function anything(random: SeededRandom, depth = 0): JsonValue {
  const kind = random.below(depth > 4 ? 6 : 9);
  if (kind < 2) return random.pick(['', 'é😀', '\ud800', 'plain', '"\\\u2028\n', long]);
  if (kind === 2) return random.pick([0, -0, 1, -1, 2 ** 31, 1e300, 0.1, Number.MAX_SAFE_INTEGER]);
  if (kind < 5) return random.pick([true, false, null]);
  if (kind === 5) return random.float() - 0.5;
  const many = random.below(12);
  if (kind === 6) return Array.from({ length: many }, () => anything(random, depth + 1));
  if (kind === 7) return Array.from({ length: many }, (_, at) => ({ at, name: `n${at}` }));
  const names = ['a', 'b', '1', '"quoted"', 'ü', '__proto__', 'constructor', 'x y', ''];
  return Object.fromEntries(
    names.slice(random.below(names.length)).map((name) => [name, anything(random, depth + 1)]),
  );
}

describe('a value written by its shape', () => {
  it('is what JSON makes of it, whatever it is', () => {
    const random = new SeededRandom(7);
    for (let run = 0; run < 400; run += 1) {
      const value = { long, inside: anything(random) };
      // What cannot be written in UTF-8 is left to JSON.
      if (JSON.stringify(value).includes('\\ud800')) continue;
      assertSame(value);
    }
  });

  it('may be a string, an array, or nested as deep as a shape may be', () => {
    assertSame(long);
    assertSame([long, 1, null]);
    assertSame(Array.from({ length: 5000 }, (_, at) => ({ at, text: `${at}` })));
    assertSame({ list: [], long, lists: [[1], [2, 3], []] });
    let deep: JsonValue = long;
    for (let level = 0; level < 32; level += 1) deep = [deep];
    assertSame(deep);
    assert.equal(new ShapeWriter().take([deep]), undefined);
  });

  it('keeps halves of surrogate pairs apart that stand in strings of their own', () => {
    assertSame({ long, first: 'x\ud83d', second: '\ude00y' });
  });

  it('has `__proto__` as a property like any other', () => {
    const bytes = written(JSON.parse(`{"long":"${long}","__proto__":{"polluted":true}}`)) as Buffer;
    for (const value of read(bytes) as Record<string, unknown>[]) {
      assert.equal(Object.getPrototypeOf(value), Object.prototype);
      assert.deepEqual(Object.keys(value), ['long', '__proto__']);
      assert.equal(value['polluted'], undefined);
    }
  });

  it('is left to JSON while its shape is new, where it is short, and where it is no JSON', () => {
    const writer = new ShapeWriter();
    const takes = (value: unknown) => Array.from({ length: 8 }, () => writer.take(value) !== undefined);
    const four = (is: boolean) => [is, is, is, is];
    assert.deepEqual(takes({ long }), [...four(false), ...four(true)]);
    for (const value of [
      { short: 1 },
      { long, is: Number.NaN },
      { long, is: undefined },
      { long, is: Object.assign([], { 1: 1 }) },
      { long, is: new Date(0) },
      { long, is: 1n },
      { long, lone: '\ud800' },
      { long, ['n'.repeat(5000)]: 1 },
    ])
      assert.deepEqual(takes(value), [...four(false), ...four(false)]);
  });

  it('is written by its shape again after thousands of shapes that came once', () => {
    const writer = new ShapeWriter();
    for (let at = 0; at < 3000; at += 1) assert.equal(writer.take({ long, [`name ${at}`]: 1 }), undefined);
    const taken = Array.from({ length: 8 }, () => writer.take({ long }) !== undefined);
    assert.ok(taken.at(-1));
  });

  it('is left to JSON where either form could be larger than it may be, so that every time the same is refused', () => {
    const takes = (value: unknown, maxBytes: number, beside = 0) => {
      const writer = new ShapeWriter(maxBytes);
      return Array.from({ length: 5 }, () => writer.take(value, beside) !== undefined).at(-1);
    };
    const numbers = { long, list: Array.from({ length: 1000 }, () => 1) };
    const flags = { long, list: Array.from({ length: 1000 }, () => ({ 'a flag': true })) };
    for (const value of [numbers, flags]) {
      const most = Math.max(written(value)?.length ?? 0, JSON.stringify(value).length);
      assert.equal(takes(value, most), true);
      assert.equal(takes(value, most + 10, 11), false);
      assert.equal(takes(value, most - 1), false);
    }
  });

  it('has lists only of what takes some bytes, for few bytes could ask for any number of the others', () => {
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`name ${at}`, null]));
    for (const element of [
      null,
      {},
      [],
      { ...wide, is: true },
      { 'a name of more than thirty characters': true },
    ])
      for (const many of [2, 50]) {
        const value = { long, list: Array.from({ length: many }, () => element) };
        assertSame(value);
        assert.doesNotMatch((written(value) as Buffer).toString('latin1'), /\*/);
      }
    for (const element of ['z', '{}', '[]', `{${'"n"z'.replaceAll('n', 'nn')}"b"b"${'n'.repeat(30)}"z}`])
      assert.throws(() => parseShape(`*${element}`), /no bytes, or too few/);
  });

  it('takes no memory for shapes that are too long to be written', () => {
    const writer = new ShapeWriter();
    const wide = (at: number) => ({ long, ...Object.fromEntries([['n'.repeat(5000) + at, at]]) });
    for (let uses = 0; uses < 4; uses += 1) writer.take({ long });
    for (let at = 0; at < 600; at += 1) assert.equal(writer.take(wide(at)), undefined);
    // Had they been counted, this one would have been forgotten for them.
    assert.ok(writer.take({ long }));
  });
});

describe('bytes that claim to be a value by its shape', () => {
  const value = {
    long,
    list: [{ n: 1, b: true }],
    odd: [1, 'x', null],
    more: Array.from({ length: 9 }, String),
  };

  it('are refused when they are cut short, and never read beyond', () => {
    const bytes = written(value) as Buffer;
    for (let end = 0; end < bytes.length; end += 1) assert.throws(() => readShaped(bytes, 0, end), Error);
  });

  it('give an error or another value when damaged, interpreted or compiled alike', () => {
    const bytes = written(value) as Buffer;
    read(bytes);
    for (let at = 0; at < bytes.length; at += 1) {
      for (const byte of [0x00, 0x22, 0x2a, 0x7b, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at] = byte;
        const results = Array.from({ length: 9 }, () => outcome(damaged));
        assert.equal(new Set(results).size, 1, `${at} = ${byte}: ${results.join()}`);
      }
    }
  });

  it('cannot ask for more memory than they have bytes', () => {
    for (const shape of ['*n', '{"a"*b}', '*[nn]']) {
      const bytes = shapedBytes(shape, [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
      for (let run = 0; run < 10; run += 1)
        assert.throws(() => readShaped(bytes, 0, bytes.length), /longer than/);
    }
    for (const shape of ['*z', '*[]', '*{}', '*[z{"a"z}]'])
      assert.throws(() => parseShape(shape), /no bytes/);
  });

  it('hold no numbers that JSON has not', () => {
    const bytes = shapedBytes('n', [...Buffer.from(new Float64Array([Number.NaN]).buffer)]);
    for (let run = 0; run < 10; run += 1) assert.throws(() => readShaped(bytes, 0, bytes.length), /not JSON/);
  });
});

describe('a shape', () => {
  it('is refused when it is none', () => {
    for (const text of ['', 'x', '[', '{', '{"a"', '{"a}', '{a n}', 'nn', '[s', '*', '{"a"n"a"n}', '{"\\"n}'])
      assert.throws(() => parseShape(text), Error, text);
    assert.throws(() => parseShape(`${'['.repeat(40)}${']'.repeat(40)}`), /deeper/);
  });

  it('cannot bring code along', () => {
    const name = `"];globalThis.reached=true;[\u2028'\`\${0}//`;
    const bytes = shapedBytes(`{${JSON.stringify(name)}z}`, []);
    for (const value of read(bytes)) assert.deepEqual(value, { [name]: null });
    assert.equal('reached' in globalThis, false);
  });
});

function outcome(bytes: Buffer): string {
  try {
    return JSON.stringify(readShaped(bytes, 0, bytes.length));
  } catch {
    return 'refused';
  }
}

function shapedBytes(shape: string, fixed: readonly number[]): Buffer {
  const text = Buffer.from(shape);
  const head = Buffer.alloc(6);
  head.writeUInt16LE(text.length);
  head.writeUInt32LE(fixed.length, 2);
  return Buffer.concat([head, text, Buffer.from(fixed)]);
}
