const code = { quote: 0x22, backslash: 0x5c, comma: 0x2c, bracket: 0x5b, brace: 0x7b } as const;

/**
 * Whether JSON has more than `most` values, told by its commas and brackets alone, before anything is made of it: values take
 * many times the memory of their text. Of what is no JSON it says something, and does not throw.
 */
export function hasMoreValues(json: Buffer, most: number): boolean {
  // Each takes a character and one that parts it from the next.
  if (json.length < 2 * most) return false;
  let values = 1;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === code.quote) {
      at = endOfString(json, at);
      if (at < 0) return false;
    } else if (byte === code.comma || byte === code.bracket || byte === code.brace) {
      values += 1;
      if (values > most) return true;
    }
  }
  return false;
}

/** Of the quote that closes the string which opens at `start`; -1 when nothing does. */
function endOfString(json: Buffer, start: number): number {
  let end = json.indexOf(code.quote, start + 1);
  while (end >= 0 && isEscaped(json, end)) end = json.indexOf(code.quote, end + 1);
  return end;
}

function isEscaped(json: Buffer, at: number): boolean {
  let first = at;
  while (json[first - 1] === code.backslash) first -= 1;
  return (at - first) % 2 === 1;
}
