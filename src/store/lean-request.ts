/** A request as it is signed and sent. */
export interface LeanRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** The key with the store's prefix, as it is; empty for the bucket itself. */
  readonly key: string;
  /** As `canonicalQuery` makes it. */
  readonly query?: string;
  /** Names in lower case, signed with the rest. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Bytes that stand for themselves in a URI (RFC 3986, "unreserved"), and the slash. */
const plainKey = /^[A-Za-z0-9\-._~/]*$/;

/** A key in a path: once encoded and never normalised, `//` and `..` are part of its name. */
export function encodeKey(key: string): string {
  return plainKey.test(key) ? key : encodeText(key).replaceAll('%2F', '/');
}

/** Sorted by name and encoded as signatures want it; `undefined` values are left out. */
export function canonicalQuery(parameters: Readonly<Record<string, string | undefined>>): string {
  return Object.keys(parameters)
    .sort()
    .filter((name) => parameters[name] !== undefined)
    .map((name) => `${encodeText(name)}=${encodeText(parameters[name] as string)}`)
    .join('&');
}

function encodeText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
