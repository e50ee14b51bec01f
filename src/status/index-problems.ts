import { counted, numberText } from './amounts.ts';
import { type ProblemRule, when } from './problem-rule.ts';

export const indexProblems: readonly ProblemRule[] = [
  {
    name: 'index-full',
    meaning:
      'The index of URLs has reached `index.maxUrls` and forgets those updated longest ago. Of these `get` says that it does not know them, although they were published.',
    advice:
      'Raise `index.maxUrls` in the settings file, if the disk of the state directory has room, and restart the node. What was forgotten comes back with its next update.',
    find: ({ index }) =>
      when(
        index !== null && index.forgotten > 0 && index.urls >= index.maxUrls,
        'warning',
        () =>
          `the index holds ${counted(index?.urls ?? 0, 'URL')}, which is all it may, and has forgotten ${numberText(index?.forgotten ?? 0)}`,
      ),
  },
];
