import type { JsonValue, NewUpdate } from '../base/update.ts';
import { nearest } from '../config/suggest.ts';

const fields = ['url', 'content', 'encoding', 'data', 'kind'];
/** What `tail` prints besides; publishing gives an update its own. */
const ignored = ['id', 'server', 'time', 'hlc', 'writer'];

/**
 * `{"url", "content", "data", "kind", "encoding"}`, as `tail` prints it. Throws an `Error` that says what is wrong
 * with the line.
 */
export function parseUpdateLine(text: string): NewUpdate {
  return updateOf(parseJson(text, 'no JSON'));
}

/** The same of a value that is parsed already. */
export function updateOf(line: JsonValue): NewUpdate {
  const value = line as Record<string, JsonValue>;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('expected an object such as {"url": "…"}');
  }
  const unknown = Object.keys(value).find((name) => !fields.includes(name) && !ignored.includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, fields);
    throw new Error(
      `unknown field ${JSON.stringify(shortened(unknown))}${meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`}`,
    );
  }
  const { url, data = null, kind = 'put' } = value;
  if (typeof url !== 'string' || url === '') throw new Error('url: expected a text that is not empty');
  if (kind !== 'put' && kind !== 'delete') throw new Error('kind: expected "put" or "delete"');
  const content = contentOf(value);
  return { url, data, kind, ...(content === undefined ? {} : { content }) };
}

/** The message goes to logs. */
function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

/** `JSON.parse` with a message that begins with `what`. */
export function parseJson(text: string, what: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new Error(`${what} (${(error as Error).message})`, { cause: error });
  }
}

function contentOf({ content, encoding }: Record<string, JsonValue>): JsonValue | Uint8Array | undefined {
  if (encoding === undefined) return content;
  if (encoding !== 'base64') throw new Error('encoding: expected "base64", or none for JSON');
  const bytes = typeof content === 'string' ? Buffer.from(content, 'base64') : undefined;
  // Node skips what is no base64; what does not read back the same was not.
  if (!bytes || bytes.toString('base64') !== content) throw new Error('content: expected base64');
  return bytes;
}
