export interface InputLine {
  /** From 1. */
  readonly number: number;
  /** Absent when the line is no UTF-8, or too long to be taken into memory. */
  readonly text?: string;
  readonly problem?: string;
}

const newline = 0x0a;

/** Lines of a stream, without their ends. No more than `maxBytes` of one line are kept. */
export async function* inputLines(input: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<InputLine> {
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;
  const take = (part: Buffer) => {
    length += part.length;
    if (length > maxBytes) parts = [];
    else parts.push(part);
  };
  const line = (): InputLine => {
    const problem = `longer than ${maxBytes} bytes`;
    const found = length > maxBytes ? { number, problem } : decoded(number, joined(parts));
    number += 1;
    parts = [];
    length = 0;
    return found;
  };
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      take(chunk.subarray(from, end));
      yield line();
      from = end + 1;
    }
    take(chunk.subarray(from));
  }
  if (length > 0) yield line();
}

function decoded(number: number, bytes: Buffer): InputLine {
  try {
    const text = strictDecoder.decode(bytes);
    return { number, text: text.endsWith('\r') ? text.slice(0, -1) : text };
  } catch {
    return { number, problem: 'not UTF-8' };
  }
}

/** Nearly every line lies in one chunk. */
function joined(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true });
