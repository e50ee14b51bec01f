/** Tells which lines of the input were not published: the first of a kind in full, those right after it in one line. */
export class RefusedLines {
  readonly #write: (text: string) => void;
  #problem: string | undefined;
  #last = 0;
  /** Lines after the one that was told in full. */
  #more = 0;
  #count = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  get count(): number {
    return this.#count;
  }

  add(line: number, problem: string): void {
    this.#count += 1;
    if (problem === this.#problem && line === this.#last + 1) {
      this.#last = line;
      this.#more += 1;
      return;
    }
    this.end();
    this.#write(`bucketcast: line ${line}: ${problem}\n`);
    this.#problem = problem;
    this.#last = line;
  }

  /** Tells what has not been told. */
  end(): void {
    const from = this.#last - this.#more + 1;
    if (this.#more === 1) this.#write(`bucketcast: line ${this.#last}: the same\n`);
    if (this.#more > 1) this.#write(`bucketcast: lines ${from} to ${this.#last}: the same\n`);
    this.#more = 0;
    this.#problem = undefined;
  }
}
