/** Of a base, characters; a longer one would make much of every link that is resolved by it. */
const maxBase = 2048;

/** Makes a feed's links absolute. */
export type Resolve = (link: string | undefined) => string | undefined;

/**
 * Resolves by the first of `bases` that is an absolute web address once those behind it are applied to it: innermost
 * `xml:base` first, the update's URL last. Absolute links stay letter by letter; without a base relative ones do, too.
 */
export function resolver(...bases: readonly (string | undefined)[]): Resolve {
  let base: string | undefined;
  for (const next of bases.toReversed()) base = absolute(next, base) ?? base;
  return (link) => {
    const text = link?.trim();
    if (text === undefined || text === '') return undefined;
    return isAbsolute(text) || base === undefined ? text : (URL.parse(text, base)?.href ?? text);
  };
}

/** `undefined` for what is no web address. */
function absolute(link: string | undefined, base: string | undefined): string | undefined {
  if (link === undefined || link.length > maxBase) return undefined;
  const url = URL.parse(link.trim(), base);
  return url !== null && /^https?:$/.test(url.protocol) && url.href.length <= maxBase ? url.href : undefined;
}

function isAbsolute(link: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(link);
}
