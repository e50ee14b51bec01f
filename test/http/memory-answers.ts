import { systemClock } from '../../src/base/clock.ts';
import type { Answers } from '../../src/state/answers.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import { SeededRandom } from '../support/seeded-random.ts';

/** The real table, over a database in memory. */
export function memoryAnswers(): Answers {
  return openMemoryState({ clock: systemClock, random: new SeededRandom(5) }).answers;
}
