import { hostname } from 'node:os';
import { BucketcastError } from '../base/errors.ts';

/** The host name as a server name: lower case, other characters as `-`, at most 63. Throws `invalid-settings`. */
export function defaultServerName(host = hostname()): string {
  const name = host
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .slice(0, 63)
    .replace(/^[.-]+|[.-]+$/g, '');
  if (name !== '') return name;
  throw new BucketcastError(
    'invalid-settings',
    `server: no name can be made of the host name ${JSON.stringify(host)}`,
    {
      hint: 'Name this server: `--server NAME`, BUCKETCAST_SERVER, or `server:` in bucketcast.yaml.',
      details: { path: 'server' },
    },
  );
}
