import { BucketcastError } from '../../src/base/errors.ts';
import type { NodeSnapshot } from '../../src/status/node-snapshot.ts';
import type { Problem } from '../../src/status/status.ts';
import { objectsReading } from './healthy-node.ts';

export type ProblemCase = readonly [
  name: string,
  severity: Problem['severity'],
  message: RegExp,
  input: Partial<NodeSnapshot>,
];

const away = new BucketcastError('store-unavailable', 'no route to host');
const refused = new BucketcastError('store-refused', 'AccessDenied');
const source = (given: Partial<NodeSnapshot['sources'][number]>) => ({
  sources: [{ name: 'watch /var/feeds', pending: 0, published: 7, refused: 0, ...given }],
});

/** Of what comes in beside the log. */
export const flowProblemCases: readonly ProblemCase[] = [
  [
    'objects-not-listed',
    'warning',
    /^the objects in s3:.*feed-updates\/ cannot be listed \(1 failure\); .* 4 s ago: no route/,
    { objects: objectsReading({ error: away, failures: 1 }) },
  ],
  [
    'objects-not-listed',
    'critical',
    /cannot be listed \(3 failures\): AccessDenied/,
    { objects: objectsReading({ error: refused, failures: 3, agoMs: undefined }) },
  ],
  [
    'source-failing',
    'critical',
    /^watch \/var\/feeds: no such directory/,
    source({ trouble: new Error('no such directory') }),
  ],
  [
    'index-full',
    'warning',
    /^the index holds 1,000 URLs, which is all it may, and has forgotten 7/,
    {
      index: { urls: 1000, maxUrls: 1000, forgotten: 7, current: true, lag: 0, lagUpdates: 0, lagSeconds: 0 },
    },
  ],
  ['source-refused', 'warning', /^watch \/var\/feeds: 2 items left out/, source({ refused: 2 })],
];
