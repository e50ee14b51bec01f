import type { JsonValue } from '../base/update.ts';
import { parseJsonText } from '../log/json-text.ts';
import { Refusal } from './refusal.ts';

/** JSON of a client. Throws a `Refusal` for what is none, nests too deep, or has a member called `__proto__`. */
export function parseStrictJson(text: string): JsonValue {
  let value: JsonValue;
  try {
    value = parseJsonText(text);
  } catch (error) {
    throw new Refusal(400, 'bad-request', `This is not JSON: ${(error as Error).message}.`, { cause: error });
  }
  refusePrototype(text);
  return value;
}

/** Whoever copies such a member with an assignment has its prototype replaced; nobody sends it in good faith. */
function refusePrototype(text: string): void {
  // The name itself, or an escape that could spell it; then a second look decides.
  if (!/__proto__|\\u00[567]/i.test(text)) return;
  JSON.parse(text, (name, value: unknown) => {
    if (name === '__proto__')
      throw new Refusal(400, 'bad-request', 'A member called "__proto__" is refused.');
    return value;
  });
}

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal(400, 'bad-request', 'The body is not UTF-8.');
  }
}
