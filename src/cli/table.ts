/** A URL may have thousands of characters: only its own row is as wide as that. */
const widestPadding = 100;

/**
 * Columns padded to their widest cell, the last one free. With a width, longer lines are cut so that a row stays a row; control
 * characters are shown as escapes, for what a table shows may come from anybody who can write to the bucket.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width?: number,
): string {
  const cells = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) =>
    Math.max(0, ...cells.map((row) => row[column]?.length ?? 0).filter((length) => length <= widestPadding)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.map((line) => cut(line, width)).join('\n')}\n`;
}

/** Text that may be printed on a terminal: controls and marks that reorder text become escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function cut(line: string, width: number | undefined): string {
  return width !== undefined && line.length > width ? `${line.slice(0, Math.max(1, width - 1))}…` : line;
}
