import type { JsonValue } from '../base/update.ts';
import { parseJsonText } from './json-text.ts';
import { leastBytes, maxShapeBytes, parseShape, type Shape } from './shape.ts';

/**
 * A value as `shape-writer.ts` writes it. Little endian, strings without anything between them:
 *
 *   offset  size  field
 *        0     2  S: length of the shape
 *        2     4  F: length of the fixed part
 *        6     S  shape, UTF-8: see `shape.ts`
 *      6+S     F  fixed part, in the order of the shape: a string or JSON text as its length in UTF-16 units (4), a number as a
 *                 double (8), a boolean as 0 or 1 (1), a list as its number of elements (4) and then those
 *    6+S+F        all strings and JSON texts, UTF-8
 */
export const shapedHeadBytes = 6;

/** Where a value's fixed part lies, how far it is read, and the text beside it. */
interface Cursor {
  readonly view: DataView;
  at: number;
  readonly end: number;
  readonly text: string;
  textAt: number;
}

/** Makes a value of the shape that it was made for, from where the cursor stands. Throws for what ends too soon. */
type ReadShaped = (cursor: Cursor) => JsonValue;

interface Known {
  read: ReadShaped;
  readonly shape: Shape;
  uses: number;
}

/** From so many values on, a function of its own for the shape costs less than it saves. */
const usesToCompile = 8;
/** Beyond it all are forgotten: writers use far fewer. */
const maxKnown = 1024;
const known = new Map<string, Known>();

/** `bytes[start … end)` is the value. Throws a plain `Error` that says what is wrong. */
export function readShaped(bytes: Buffer, start: number, end: number): JsonValue {
  const shapeAt = start + shapedHeadBytes;
  if (shapeAt > end) throw new Error('too short');
  const shapeBytes = bytes.readUInt16LE(start);
  const at = shapeAt + shapeBytes;
  const textStart = at + bytes.readUInt32LE(start + 2);
  if (shapeBytes > maxShapeBytes || textStart > end) throw new Error('its parts are longer than the whole');
  const { read } = knownShape(bytes.toString('utf8', shapeAt, at));
  const view = new DataView(bytes.buffer, bytes.byteOffset, textStart);
  const text = bytes.toString('utf8', textStart, end);
  const cursor = { view, at, end: textStart, text, textAt: 0 };
  const value = read(cursor);
  if (cursor.at !== textStart || cursor.textAt !== text.length) throw new Error('its parts do not add up');
  return value;
}

function knownShape(text: string): Known {
  const found = known.get(text);
  if (found !== undefined) {
    found.uses += 1;
    if (found.uses === usesToCompile) found.read = compiled(found.shape) ?? found.read;
    return found;
  }
  const shape = parseShape(text);
  if (known.size >= maxKnown) known.clear();
  const fresh = { read: (cursor: Cursor) => interpret(shape, cursor), shape, uses: 1 };
  known.set(text, fresh);
  return fresh;
}

/** What a compiled function does, step by step. */
function interpret(shape: Shape, cursor: Cursor): JsonValue {
  switch (shape.type) {
    case 'string':
      return takeText(cursor);
    case 'json':
      return parseJsonText(takeText(cursor));
    case 'number':
      return takeNumber(cursor);
    case 'boolean':
      return takeBoolean(cursor);
    case 'null':
      return null;
    case 'tuple':
      return shape.elements.map((element) => interpret(element, cursor));
    case 'list': {
      const count = takeCount(cursor, leastBytes(shape.element));
      return Array.from({ length: count }, () => interpret(shape.element, cursor));
    }
    default: {
      const entries = shape.names.map((name, at) => [name, interpret(shape.values[at] as Shape, cursor)]);
      return Object.fromEntries(entries) as JsonValue;
    }
  }
}

function takeText(cursor: Cursor): string {
  const end = cursor.textAt + cursor.view.getUint32(cursor.at, true);
  if (end > cursor.text.length) throw new Error('a string is longer than its text');
  const text = cursor.text.substring(cursor.textAt, end);
  cursor.at += 4;
  cursor.textAt = end;
  return text;
}

/** A small integer as such, which takes no memory of its own. */
function takeNumber(cursor: Cursor): number {
  const value = cursor.view.getFloat64(cursor.at, true);
  if (!Number.isFinite(value)) throw new Error(`${value} is not JSON`);
  cursor.at += 8;
  return value === (value | 0) ? value | 0 : value;
}

function takeBoolean(cursor: Cursor): boolean {
  const value = cursor.view.getUint8(cursor.at);
  cursor.at += 1;
  return value !== 0;
}

function takeCount(cursor: Cursor, least: number): number {
  const count = cursor.view.getUint32(cursor.at, true);
  cursor.at += 4;
  if (count * least > cursor.end - cursor.at) throw new Error('a list is longer than its value');
  return count;
}

/** `undefined` where the process forbids code from strings: then shapes are interpreted. */
function compiled(shape: Shape): ReadShaped | undefined {
  let leaves = 0;
  const lines: string[] = [];
  const emit = (of: Shape): string => {
    leaves += 1;
    const name = `v${leaves}`;
    switch (of.type) {
      case 'null':
        return 'null';
      case 'string':
      case 'json': {
        const text = `t.substring(q,e${name})`;
        lines.push(
          `const e${name}=q+d.getUint32(a,true);a+=4;if(e${name}>t.length)throw new Error('a string is longer than its text');`,
          `const ${name}=${of.type === 'json' ? `parse(${text})` : text};q=e${name};`,
        );
        return name;
      }
      case 'number':
        lines.push(
          `let ${name}=d.getFloat64(a,true);a+=8;if(${name}===(${name}|0))${name}|=0;else if(!Number.isFinite(${name}))throw new Error(${name}+' is not JSON');`,
        );
        return name;
      case 'boolean':
        lines.push(`const ${name}=d.getUint8(a)!==0;a+=1;`);
        return name;
      case 'tuple':
        return `[${of.elements.map(emit).join(',')}]`;
      case 'list': {
        const least = leastBytes(of.element);
        lines.push(
          `const n${name}=d.getUint32(a,true);a+=4;if(n${name}*${least}>c.end-a)throw new Error('a list is longer than its value');`,
          `const ${name}=[];for(let i${name}=0;i${name}<n${name};i${name}++){`,
        );
        const element = emit(of.element);
        lines.push(`${name}.push(${element});}`);
        return name;
      }
      default: {
        const values = of.values.map(emit);
        return `{${of.names.map((key, at) => `${propertyName(key)}:${values[at]}`).join(',')}}`;
      }
    }
  };
  const value = emit(shape);
  const body = `const d=c.view,t=c.text;let a=c.at,q=c.textAt;${lines.join('')}const r=${value};c.at=a;c.textAt=q;return r;`;
  try {
    // Nothing of the shape's text goes into the code but its names, each as a JSON string.
    // oxlint-disable-next-line typescript/no-implied-eval -- several times faster than doing it step by step
    const make = new Function('parse', `return (c)=>{${body}}`) as (
      parse: typeof parseJsonText,
    ) => ReadShaped;
    return make(parseJsonText);
  } catch {
    return undefined;
  }
}

/** Of a literal. `__proto__` has to be computed, for as it stands it is no property. */
function propertyName(name: string): string {
  const text = JSON.stringify(name);
  return name === '__proto__' ? `[${text}]` : text;
}
