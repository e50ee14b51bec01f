import type { NodeSnapshot } from '../../src/status/node-snapshot.ts';
import type { ProblemCase } from './flow-problem-cases.ts';

const transport = { name: 'redis', connected: true, sent: 1, received: 2, dropped: 0 };
const heard = { believed: 1, polled: 0, known: 0, own: 0, foreign: 0, malformed: 0, forged: 0 };
const hints: NonNullable<NodeSnapshot['hints']> = {
  transports: [transport],
  announced: 1,
  heard,
  inline: { bytes: 0, served: 1, refused: 0 },
};

export const hintProblemCases: readonly ProblemCase[] = [
  [
    'hints-away',
    'warning',
    /^hints by redis do not get through, for 1 min.*: connection refused/,
    {
      hints: {
        ...hints,
        transports: [
          { ...transport, connected: false, trouble: { message: 'connection refused', forMs: 60_000 } },
        ],
      },
    },
  ],
  [
    'hints-forged',
    'warning',
    /^3 hints with a wrong MAC since the start/,
    { hints: { ...hints, heard: { ...heard, forged: 3 } } },
  ],
];
