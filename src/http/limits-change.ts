import { BucketcastError } from '../base/errors.ts';
import { checkSettings } from '../config/check-settings.ts';
import { layerOf } from '../config/layer.ts';
import type { Settings } from '../config/settings.ts';

type Limits = Settings['limits'];

/**
 * The limits that a request changes: `{"requestsPerSecond": 50, "bytesInFlight": "64MiB"}`, with sizes as in a settings
 * file. Throws `invalid-settings` that names everything that is wrong.
 */
export function limitsChange(body: unknown): Partial<Limits> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new BucketcastError('invalid-settings', 'expected an object with the limits to change', {
      hint: 'Such as {"requestsPerSecond": 50}; GET /api/limits shows them all.',
    });
  const { assignments } = layerOf({ limits: body }, () => ({ type: 'default' }));
  const given = Object.fromEntries(assignments.map(({ path, value }) => [path[1] as string, value]));
  // A null says nothing in a settings file; here it would be a change that was asked for and not made.
  for (const name of Object.keys(body)) if (!Object.hasOwn(given, name)) given[name] = null;
  const { limits } = checkSettings({ limits: given });
  return Object.fromEntries(Object.entries(limits).filter(([name]) => Object.hasOwn(given, name)));
}
