import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { isBucketcastError } from '../base/errors.ts';
import { systemRandom } from '../base/random.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import { openState } from '../state/open-state.ts';
import type { State } from '../state/state.ts';
import { counted, timeText } from '../status/amounts.ts';
import type { Session } from './session.ts';

/** What the state directory knows, for somebody who finds no node to ask. Errors only: nothing goes to standard output. */
export async function tellWithoutNode(
  session: Session,
  settings: CompleteSettings,
  why: unknown,
): Promise<void> {
  const { state: directory, server } = settings;
  // Opening would begin a state where there is none, and one of another version has to be left alone.
  if (!isBucketcastError(why, 'state-unusable') || !existsSync(join(directory, 'state.db'))) return;
  let state: State;
  try {
    state = openState({ directory, server, clock: systemClock, random: systemRandom, role: 'guest' });
  } catch {
    // What is told already says more than a second error would.
    return;
  }
  try {
    session.errors.write(`${facts(state).join('\n')}\n`);
  } finally {
    state.close();
  }
}

function facts(state: State): string[] {
  const now = systemClock.now();
  const subscriptions = state
    .subscriptions()
    .map(
      ({ name, currentAt }) =>
        `  the position of the subscription ${name}${currentAt > 0 ? `, current ${timeText(Math.max(0, now - currentAt))} ago` : ''}`,
    );
  const { updates } = state.spool.totals();
  const letters = state.deadLetterSummary().count;
  return [
    `The state in ${state.description} remembers:`,
    ...(subscriptions.length === 0 ? ['  no subscription'] : subscriptions),
    `  ${counted(letters, 'dead letter')}${letters === 0 ? '' : ': bucketcast dead-letters list'}`,
    `  ${updates === 0 ? 'nothing in the spool' : `${counted(updates, 'update')} in the spool, which the next start takes to the bucket`}`,
  ];
}
