/**
 * The order every listing has: by the bytes of the keys in UTF-8, which is the order of code points.
 * JavaScript's `<` compares UTF-16 units instead and puts U+10000 and above (surrogates, 0xD800..0xDFFF) below
 * U+E000..U+FFFF; only there do the two differ.
 */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Moves surrogates above the rest of the basic plane. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
