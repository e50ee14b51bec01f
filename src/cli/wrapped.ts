export interface Wrapping {
  readonly width: number;
  readonly indent: string;
  /** Instead of `indent` before the first line. */
  readonly first?: string;
}

/** Not between a number and its unit. */
const betweenWords = /(?<!(?:^| |~)[\d.,]+) /;

/** Text broken at its spaces so that lines fit; a word that is longer than a line stands alone. */
export function wrapped(text: string, { width, indent, first = indent }: Wrapping): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(betweenWords)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
