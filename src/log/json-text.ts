import { BucketcastError } from '../base/errors.ts';
import type { JsonValue } from '../base/update.ts';

/** Arrays and objects nest at most this deep, on both sides: whatever is delivered can be walked by recursion. */
export const maxJsonDepth = 1000;

/**
 * The JSON text of a value, after checking that it *is* JSON: `JSON.stringify` alone would silently drop
 * `undefined` and functions, and turn NaN into null, a Date into a string and a Map into `{}`.
 * Throws `invalid-update` with the path of the first offender: `content.items[3].price: NaN is not JSON`.
 */
export function jsonText(value: unknown, name: string): string {
  check(value, { root: value, name, steps: [] });
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new BucketcastError('invalid-update', `${name}: cannot be written as JSON`, { cause: error });
  }
}

/** Throws a plain `Error` that says what is wrong; the caller knows where the text came from. */
export function parseJsonText(text: string, maxDepth = maxJsonDepth): JsonValue {
  if (text.length >= 2 * maxDepth && deeperThan(maxDepth, text)) {
    throw new Error(`nested deeper than ${maxDepth} levels`);
  }
  return JSON.parse(text) as JsonValue;
}

interface Place {
  readonly root: unknown;
  readonly name: string;
  /** Property names and indexes from the root to where the walk is. */
  readonly steps: (string | number)[];
}

function check(value: unknown, place: Place): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw notJson(place, String(value));
      return;
    case 'object':
      if (value === null) return;
      if (place.steps.length >= maxJsonDepth) throw tooDeep(place);
      if (Array.isArray(value)) checkArray(value, place);
      else checkObject(value as Record<string, unknown>, place);
      return;
    default:
      throw notJson(place, typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`);
  }
}

function checkArray(array: readonly unknown[], place: Place): void {
  // By index and not by forEach: a hole must be met as `undefined`.
  for (let index = 0; index < array.length; index++) {
    place.steps.push(index);
    check(array[index], place);
    place.steps.pop();
  }
}

function checkObject(object: Record<string, unknown>, place: Place): void {
  if (!isPlain(object)) throw notJson(place, describe(object));
  for (const name of Object.keys(object)) {
    place.steps.push(name);
    check(object[name], place);
    place.steps.pop();
  }
}

/** Also true for plain objects of another realm (`vm`, a test runner), whose `Object.prototype` is not ours. */
function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object) as object | null;
  return (
    prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'toString'))
  );
}

function describe(object: object): string {
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) return 'a byte array inside a value';
  const name: unknown = object.constructor?.name;
  return typeof name === 'string' && name !== '' ? `a ${name}` : 'an object with a prototype';
}

function notJson(place: Place, what: string): BucketcastError {
  const path = pathOf(place);
  return new BucketcastError('invalid-update', `${path}: ${what} is not JSON`, { details: { path } });
}

/** The walk itself does not look for cycles, for it would cost a set per update; the depth limit ends them. */
function tooDeep(place: Place): BucketcastError {
  const seen = new Map<unknown, number>([[place.root, 0]]);
  let value = place.root;
  for (const [depth, step] of place.steps.entries()) {
    value = (value as Record<string | number, unknown>)[step];
    const before = seen.get(value);
    if (before !== undefined) {
      const path = pathOf({ ...place, steps: place.steps.slice(0, depth + 1) });
      const target = pathOf({ ...place, steps: place.steps.slice(0, before) });
      const message = `${path}: refers back to ${target}, and a cycle is not JSON`;
      return new BucketcastError('invalid-update', message, { details: { path } });
    }
    seen.set(value, depth + 1);
  }
  const message = `${place.name}: nested deeper than ${maxJsonDepth} levels`;
  return new BucketcastError('invalid-update', message, { details: { path: place.name } });
}

function pathOf({ name, steps }: Pick<Place, 'name' | 'steps'>): string {
  let path = name;
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`;
    else path += /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  }
  return path;
}

function deeperThan(limit: number, text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) {
      inString = true;
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > limit) return true;
    } else if (code === 0x5d || code === 0x7d) {
      depth--;
    }
  }
  return false;
}
