import type { JsonValue } from '../base/update.ts';
import { parseJsonText } from '../log/json-text.ts';

/** What stands beside a file, in `<name>.json`. */
export interface Sidecar {
  readonly url: string;
  readonly data?: JsonValue;
}

export const sidecarEnding = '.json';
/** Metadata is small; more is a mistake, and would be read at every look. */
export const maxSidecarBytes = 1024 * 1024;

/** Throws an `Error` that says what is wrong. */
export function parseSidecar(text: string): Sidecar {
  let value: unknown;
  try {
    value = parseJsonText(text);
  } catch (error) {
    throw new Error(`no JSON (${(error as Error).message})`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('expected an object such as {"url": "…"}');
  }
  const { url, data } = value as { url?: unknown; data?: JsonValue };
  if (typeof url !== 'string' || url === '') throw new Error('url: expected a text that is not empty');
  return data === undefined ? { url } : { url, data };
}
