/**
 * Text that comes in pieces, line by line. Of a line longer than `maxLength` characters only its beginning is kept: whoever
 * writes it decides how long it is, and not how much memory it takes here.
 */
export class LineSplitter {
  readonly #maxLength: number;
  #rest = '';
  #cut = false;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** The lines that this piece completes. */
  push(piece: string): Line[] {
    const lines: Line[] = [];
    let at = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', at)) {
      this.#take(piece.slice(at, end));
      lines.push(this.#line());
      at = end + 1;
    }
    this.#take(piece.slice(at));
    return lines;
  }

  /** What stands behind the last newline, if anything. */
  end(): Line[] {
    return this.#rest === '' ? [] : [this.#line()];
  }

  #take(text: string): void {
    const room = this.#maxLength - this.#rest.length;
    this.#cut ||= text.length > room;
    this.#rest += text.slice(0, room);
  }

  #line(): Line {
    const line = { text: this.#rest.replace(/\r$/, ''), cut: this.#cut };
    this.#rest = '';
    this.#cut = false;
    return line;
  }
}

export interface Line {
  readonly text: string;
  /** It was longer. */
  readonly cut: boolean;
}
