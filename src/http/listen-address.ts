import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { BucketcastError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine reaches the address; IPv4 in IPv6 form (`::ffff:127.0.0.1`) counts as what it maps. */
export function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * The address to listen on. A name is looked up here, once, so that what was checked is what is listened on.
 * Throws `invalid-settings` for a name without address, and for anything but loopback without a token.
 */
export async function listenAddress({
  host,
  token,
}: Pick<Settings['http'], 'host' | 'token'>): Promise<string> {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  const addresses = await lookup(name, { all: true }).catch((cause: unknown) => {
    throw new BucketcastError('invalid-settings', `http.host: ${JSON.stringify(host)} has no address here`, {
      hint: 'Give an address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0.',
      cause,
    });
  });
  const open = addresses.find(({ address }) => !isLoopback(address));
  if (open !== undefined && token === undefined) throw exposedError(host, open.address);
  return (addresses[0] as { address: string }).address;
}

/** How this machine reaches a server that listens there: `http://127.0.0.1:7480`. */
export function serverUrl(address: string, port: number): string {
  const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}

function exposedError(host: string, address: string): BucketcastError {
  const where = host === address ? address : `${host} (${address})`;
  return new BucketcastError(
    'invalid-settings',
    `http.host: ${where} can be reached from other machines, and http.token is not set`,
    {
      hint: 'Set http.token (better http.tokenFile, or BUCKETCAST_HTTP_TOKEN), or listen on 127.0.0.1.',
    },
  );
}
