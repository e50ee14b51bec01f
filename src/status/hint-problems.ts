import { counted, timeText } from './amounts.ts';
import { type ProblemRule, when } from './problem-rule.ts';

/** Trouble with hints. It costs only time: what they would have told is found by the next poll. */
export const hintProblems: readonly ProblemRule[] = [
  {
    name: 'hints-away',
    meaning:
      'A transport of hints is not connected, or does not get through. Nothing is lost: polls find everything, `poll.maxMs` apart again.',
    advice:
      'Check the server, address and secret in `hints` of the settings; it connects again by itself. Nothing needs a restart.',
    find: ({ hints }) =>
      (hints?.transports ?? []).flatMap(({ name, connected, trouble }) =>
        when(
          !connected && trouble !== null,
          'warning',
          () =>
            `hints by ${name} do not get through, for ${timeText(trouble?.forMs ?? 0)}: ${trouble?.message}`,
        ),
      ),
  },
  {
    name: 'hints-forged',
    meaning:
      'Hints came whose MAC is wrong. They did nothing; but somebody sends them who has no key of this fleet, or has another secret under the id of one.',
    advice:
      'Check that all servers have the same `encryption.keys`, and who else may publish to the channel, subject or address that hints go through.',
    find: ({ hints }) =>
      when(
        (hints?.heard.forged ?? 0) > 0,
        'warning',
        () => `${counted(hints?.heard.forged ?? 0, 'hint')} with a wrong MAC since the start`,
      ),
  },
];
