import { charactersPerByte, leafBytes, maxShapeBytes, maxShapeDepth, mayRepeat } from './shape.ts';
import { shapedHeadBytes } from './shape-reader.ts';

/** Below it JSON is read as fast. */
const leastCharacters = 64;
/** Elements of unlike shapes that an array lists one by one; more of them become JSON text. */
const maxTuple = 8;
/** As often a shape must have come before values are written by it: each that is new costs its readers. */
const usesBefore = 4;
/** Of shapes, and of names: beyond it they are counted anew. */
const maxRemembered = 512;
/**
 * So many bytes of JSON text stand for a byte at most: a list's element is 32 characters of its shape for each byte (`mayRepeat`), each
 * of them `null,` at worst, and its bytes themselves, each `false,` or an escaped character.
 */
const mostJsonBytes = 170;
/** Characters of a name that is remembered. */
const maxRememberedName = 256;

/** What is taken out of a value, in the order of its shape. */
type Leaf =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'number' | 'count'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean };

/** A value taken apart, to be written where there is room for it. */
export interface ShapedValue {
  /** Bytes that `write` fills. */
  readonly length: number;
  write(into: Buffer, start: number): void;
}

/** `take` found something that is no JSON, or nested too deep. */
class Unshapeable extends Error {}

/**
 * Writes values whose shape comes again, as `shape-reader.ts` reads them: several times faster than JSON. It leaves alone what is
 * no JSON, and what would gain nothing.
 */
export class ShapeWriter {
  readonly #uses = new Map<string, number>();
  readonly #names = new Map<string, string>();
  readonly #repeatable = new Map<string, boolean>();
  readonly #maxBytes: number;
  #leaves: Leaf[] = [];

  /** What may be larger than `maxBytes`, in either form, is left to JSON. */
  constructor(maxBytes = Number.POSITIVE_INFINITY) {
    this.#maxBytes = maxBytes;
  }

  /** `undefined` for a value to be written as JSON. `beside`: bytes that count, too. */
  take(value: unknown, beside = 0): ShapedValue | undefined {
    this.#leaves = [];
    const shape = this.#shape(value);
    if (shape === undefined) return undefined;
    const leaves = this.#leaves;
    // Also not counted, for then it would be kept.
    if (shape.length > maxShapeBytes) return undefined;
    const text = leaves.map((leaf) => (leaf.type === 'text' ? leaf.text : '')).join('');
    if (shape.length + text.length < leastCharacters || !this.#isUsual(shape)) return undefined;
    const shapeBytes = Buffer.byteLength(shape);
    // Halves of a pair that only together are well-formed come apart again where they were.
    if (shapeBytes > maxShapeBytes || !text.isWellFormed()) return undefined;
    const fixedBytes = leaves.reduce((sum, leaf) => sum + bytesOf[leaf.type], 0);
    const textBytes = Buffer.byteLength(text);
    const length = shapedHeadBytes + shapeBytes + fixedBytes + textBytes;
    // Else an update that is accepted at first could be refused later, or the other way round.
    const mostBytes = beside + mostJsonBytes * length;
    if (mostBytes > this.#maxBytes && beside + Math.max(length, jsonBytes(value)) > this.#maxBytes)
      return undefined;
    return {
      length,
      write: (into, start) => {
        into.writeUInt16LE(shapeBytes, start);
        into.writeUInt32LE(fixedBytes, start + 2);
        const shapeAt = start + shapedHeadBytes;
        into.write(shape, shapeAt, shapeBytes, 'utf8');
        const textAt = writeLeaves(leaves, into, shapeAt + shapeBytes);
        // Text of as many bytes as characters is ASCII, which Latin-1 writes the same, and sooner.
        if (textBytes > 0) into.write(text, textAt, textBytes, textBytes === text.length ? 'latin1' : 'utf8');
      },
    };
  }

  #shape(value: unknown): string | undefined {
    try {
      return this.#take(value, 0);
    } catch (error) {
      if (error instanceof Unshapeable) return undefined;
      throw error;
    }
  }

  #isUsual(shape: string): boolean {
    const uses = this.#uses.get(shape) ?? 0;
    if (uses >= usesBefore) return true;
    if (this.#uses.size >= maxRemembered) this.#uses.clear();
    this.#uses.set(shape, uses + 1);
    return false;
  }

  #take(value: unknown, depth: number): string {
    switch (typeof value) {
      case 'string':
        this.#leaves.push({ type: 'text', text: value });
        return 's';
      case 'number':
        if (!Number.isFinite(value)) throw new Unshapeable();
        // JSON knows no -0.
        this.#leaves.push({ type: 'number', value: value + 0 });
        return 'n';
      case 'boolean':
        this.#leaves.push({ type: 'boolean', value });
        return 'b';
      case 'object':
        if (value === null) return 'z';
        if (depth >= maxShapeDepth) throw new Unshapeable();
        return Array.isArray(value)
          ? this.#takeArray(value, depth)
          : this.#takeObject(value as Record<string, unknown>, depth);
      default:
        throw new Unshapeable();
    }
  }

  #takeObject(object: Record<string, unknown>, depth: number): string {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== Object.prototype && prototype !== null) throw new Unshapeable();
    let shape = '{';
    for (const name of Object.keys(object)) shape += this.#quoted(name) + this.#take(object[name], depth + 1);
    return `${shape}}`;
  }

  #takeArray(array: readonly unknown[], depth: number): string {
    const start = this.#leaves.length;
    const shapes: string[] = [];
    // By index: a hole must be met as `undefined`.
    for (let at = 0; at < array.length; at += 1) shapes.push(this.#take(array[at], depth + 1));
    const [first] = shapes;
    // What has leaves takes a byte at least.
    const isList =
      first !== undefined &&
      this.#leaves.length > start &&
      shapes.every((one) => one === first) &&
      (first.length <= charactersPerByte || this.#mayRepeat(first));
    if (isList) {
      this.#leaves.splice(start, 0, { type: 'count', value: array.length });
      return `*${first}`;
    }
    if (array.length <= maxTuple) return `[${shapes.join('')}]`;
    this.#leaves.length = start;
    this.#leaves.push({ type: 'text', text: JSON.stringify(array) });
    return 'j';
  }

  #mayRepeat(element: string): boolean {
    if (element.length > maxShapeBytes) return false;
    const known = this.#repeatable.get(element);
    if (known !== undefined) return known;
    if (this.#repeatable.size >= maxRemembered) this.#repeatable.clear();
    const may = mayRepeat(element);
    this.#repeatable.set(element, may);
    return may;
  }

  #quoted(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const text = JSON.stringify(name);
    if (name.length > maxRememberedName) return text;
    if (this.#names.size >= maxRemembered) this.#names.clear();
    this.#names.set(name, text);
    return text;
  }
}

/** The fixed part; returns where it ends. */
function writeLeaves(leaves: readonly Leaf[], into: Buffer, start: number): number {
  let at = start;
  for (const leaf of leaves) {
    if (leaf.type === 'text') at = into.writeUInt32LE(leaf.text.length, at);
    else if (leaf.type === 'number') at = into.writeDoubleLE(leaf.value, at);
    else if (leaf.type === 'count') at = into.writeUInt32LE(leaf.value, at);
    else at = into.writeUInt8(Number(leaf.value), at);
  }
  return at;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

const bytesOf = {
  text: leafBytes.string,
  number: leafBytes.number,
  boolean: leafBytes.boolean,
  count: 4,
} as const;
