/**
 * What values of one make have in common, as text and as a plan. A shape is what is left of a JSON value when its strings,
 * numbers and booleans are taken out:
 *
 *   shape = 's' string | 'n' number | 'b' boolean | 'z' null | 'j' any value, as JSON text
 *         | '[' shape* ']'              an array of exactly these
 *         | '*' shape                   an array of any length, all of its elements of this shape
 *         | '{' (name shape)* '}'       an object; each name is a JSON string
 */
export type Shape =
  | { readonly type: 'string' | 'number' | 'boolean' | 'null' | 'json' }
  | { readonly type: 'tuple'; readonly elements: readonly Shape[] }
  | { readonly type: 'list'; readonly element: Shape }
  | { readonly type: 'object'; readonly names: readonly string[]; readonly values: readonly Shape[] };

/** No writer makes a larger one; a reader takes it for damage. */
export const maxShapeBytes = 4096;
export const maxShapeDepth = 32;
/**
 * Of a list's element, for each byte that it takes at least: else a few bytes could ask for any number of values, and for any
 * length of JSON text.
 */
export const charactersPerByte = 32;

/** Whether a list may have elements of this shape; `text` is the same as text. */
export function mayRepeat(text: string, shape: Shape = parseShape(text)): boolean {
  return text.length <= charactersPerByte * leastBytes(shape);
}

/** Bytes of the fixed part that each leaf takes: a length, a double, a byte. */
export const leafBytes = { string: 4, json: 4, number: 8, boolean: 1, null: 0 } as const;

const leaves: Readonly<Record<string, Extract<Shape, { type: keyof typeof leafBytes }>>> = {
  s: { type: 'string' },
  n: { type: 'number' },
  b: { type: 'boolean' },
  z: { type: 'null' },
  j: { type: 'json' },
};

/** Throws a plain `Error` for what is none; the caller knows where the text came from. */
export function parseShape(text: string): Shape {
  const reader = new ShapeReader(text);
  const shape = reader.shape(0);
  if (!reader.atEnd) throw new Error(`characters follow the shape, at ${reader.at}`);
  return shape;
}

/** Least bytes of the fixed part that a value of this shape takes. */
export function leastBytes(shape: Shape): number {
  switch (shape.type) {
    case 'tuple':
      return shape.elements.reduce((sum, element) => sum + leastBytes(element), 0);
    case 'list':
      return 4;
    case 'object':
      return shape.values.reduce((sum, value) => sum + leastBytes(value), 0);
    default:
      return leafBytes[shape.type];
  }
}

class ShapeReader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.at === this.#text.length;
  }

  shape(depth: number): Shape {
    if (depth > maxShapeDepth) throw new Error(`nested deeper than ${maxShapeDepth} levels`);
    const sign = this.#text[this.at] ?? '';
    this.at += 1;
    const leaf = leaves[sign];
    if (leaf !== undefined) return leaf;
    if (sign === '[') return this.#tuple(depth);
    if (sign === '*') return this.#list(depth);
    if (sign === '{') return this.#object(depth);
    throw new Error(`expected a shape at ${this.at - 1}`);
  }

  #tuple(depth: number): Shape {
    const elements: Shape[] = [];
    while (!this.#ends(']')) elements.push(this.shape(depth + 1));
    return { type: 'tuple', elements };
  }

  #list(depth: number): Shape {
    const start = this.at;
    const element = this.shape(depth + 1);
    if (!mayRepeat(this.#text.slice(start, this.at), element))
      throw new Error('a list of what takes no bytes, or too few');
    return { type: 'list', element };
  }

  #object(depth: number): Shape {
    const names: string[] = [];
    const values: Shape[] = [];
    while (!this.#ends('}')) {
      names.push(this.#name());
      values.push(this.shape(depth + 1));
    }
    if (new Set(names).size < names.length) throw new Error('a name comes twice');
    return { type: 'object', names, values };
  }

  #name(): string {
    const start = this.at;
    let end = this.#text.indexOf('"', start + 1);
    while (end > 0 && isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    if (this.#text[start] !== '"' || end < 0) throw new Error(`expected a name at ${start}`);
    this.at = end + 1;
    return JSON.parse(this.#text.slice(start, end + 1)) as string;
  }

  #ends(sign: string): boolean {
    if (this.#text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}
