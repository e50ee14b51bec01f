import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { MINUTE } from '../config/units.ts';

/** Of one run, for the error that it may end with. */
const lastLines = 5;
const lastCharacters = 1000;
/** Of all runs of a command; the rest of the minute is counted. */
const linesPerMinute = 60;

export const maxWordsLength = 500;

/** What a command writes to standard error, in the log of the node: some lines a minute, whatever it says. */
export class ProgramWords {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #facts: object;
  #since = Number.NEGATIVE_INFINITY;
  #logged = 0;
  #unsaid = 0;

  constructor(logger: Logger, clock: Pick<Clock, 'monotonic'>, facts: object) {
    this.#logger = logger;
    this.#clock = clock;
    this.#facts = facts;
  }

  /** `line` is called where it is logged. */
  say(line: () => string): void {
    const now = this.#clock.monotonic();
    if (now - this.#since >= MINUTE) {
      this.#since = now;
      this.#logged = 0;
      if (this.#unsaid > 0)
        this.#logger.info({ ...this.#facts, lines: this.#unsaid }, 'the command said more than was logged');
      this.#unsaid = 0;
    }
    if (this.#logged >= linesPerMinute) {
      this.#unsaid += 1;
      return;
    }
    this.#logged += 1;
    this.#logger.info({ ...this.#facts, line: line() }, 'the command says');
  }
}

/** The last words of a run. */
export class LastWords {
  readonly #lines: (() => string)[] = [];

  add(line: () => string): void {
    this.#lines.push(line);
    if (this.#lines.length > lastLines) this.#lines.shift();
  }

  get text(): string {
    const lines = this.#lines.map((line) => line());
    return lines.join('\n').slice(-lastCharacters);
  }
}
