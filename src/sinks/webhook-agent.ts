import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { BucketcastError } from '../base/errors.ts';
import { type HttpAgent, openHttpAgent } from '../base/http-agent.ts';
import { isPrivateAddress, isPrivateHost } from './private-address.ts';
import { allowPrivateHint } from './webhook-target.ts';

export interface AgentOptions {
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
  /** Default: the system's. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Connections of one webhook. Addresses are checked when a connection is made, on the answer that it is made with: a name
 * that resolves to another address the second time is caught.
 */
export function openAgent({ timeoutMs, allowPrivate, lookup = systemLookup }: AgentOptions): HttpAgent {
  if (allowPrivate) return openHttpAgent({ timeoutMs, lookup });
  return openHttpAgent({
    timeoutMs,
    lookup: guarded(lookup),
    refuse: (hostname) => (isPrivateHost(hostname) ? privateAddress(hostname) : undefined),
  });
}

/** A lookup that fails when any of the addresses is private. */
function guarded(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, []);
        return;
      }
      const addresses = found as LookupAddress[];
      const inner = addresses.find(({ address }) => isPrivateAddress(address));
      const [first] = addresses;
      if (inner !== undefined) callback(privateAddress(hostname, inner.address), []);
      else if (first === undefined) callback(notFound(hostname), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function privateAddress(hostname: string, address?: string): BucketcastError {
  const which = address === undefined ? hostname : `${address}, which ${hostname} resolves to,`;
  const message = `is not connected to: ${which} is an address of this machine or its network`;
  return new BucketcastError('sink-unavailable', message, { hint: allowPrivateHint });
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });
}
