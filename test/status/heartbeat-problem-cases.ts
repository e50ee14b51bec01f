import { BucketcastError } from '../../src/base/errors.ts';
import { MINUTE, SECOND } from '../../src/config/units.ts';
import type { BeatAlarm } from '../../src/jobs/beat-alarms.ts';
import type { ProblemCase } from './flow-problem-cases.ts';

const refused = new BucketcastError('store-refused', 'AccessDenied');
const beating = (given: Pick<BeatAlarm, 'kind'> & Partial<BeatAlarm>) => {
  const alarm = { server: 'web-2', hostId: 'a1', missing: 0, forMs: 0, tipsMove: false, ...given };
  return { heartbeat: { intervalMs: MINUTE, beats: 5, agoMs: SECOND, hosts: 1, alarms: [alarm] } };
};

/** Of what the heartbeats of the fleet tell. */
export const heartbeatProblemCases: readonly ProblemCase[] = [
  [
    'bucket-frozen',
    'critical',
    /does not list the last 3 heartbeats/,
    beating({ kind: 'frozen', missing: 3 }),
  ],
  ['bucket-rewound', 'critical', /heartbeats of web-2 went back/, beating({ kind: 'rewound', missing: 9 })],
  [
    'news-withheld',
    'critical',
    /updates of web-2 are announced and/,
    beating({ kind: 'withheld', missing: 2 }),
  ],
  [
    'server-silent',
    'warning',
    /no heartbeat of web-2 for 10 min, nor tips/,
    beating({ kind: 'silent', forMs: 10 * MINUTE }),
  ],
  [
    'server-silent',
    'warning',
    /no heartbeat of web-2 for 4 min, while tips of 1 still come/,
    beating({ kind: 'silent', forMs: 4 * MINUTE, tipsMove: true }),
  ],
  [
    'heartbeat-failing',
    'warning',
    /heartbeats fail: AccessDenied/,
    { heartbeat: { intervalMs: MINUTE, beats: 0, agoMs: undefined, hosts: 0, alarms: [], error: refused } },
  ],
];
