import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { BucketcastError } from '../base/errors.ts';
import { isPrivateAddress, isPrivateHost } from './private-address.ts';
import { allowPrivateHint } from './webhook-target.ts';

export interface AgentOptions {
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
  /** Default: the system's. */
  readonly lookup?: LookupFunction | undefined;
}

export interface WebhookAgent {
  readonly agent: Agent;
  /** Ends every connection, those being made included. */
  close(): Promise<void>;
}

/**
 * Connections of one webhook. Addresses are checked when a connection is made, on the answer that it is made with: a name
 * that resolves to another address the second time is caught. Proxies of the environment are not used.
 */
export function openAgent({ timeoutMs, allowPrivate, lookup = systemLookup }: AgentOptions): WebhookAgent {
  const sockets = new Set<Socket>();
  const connect = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    lookup: allowPrivate ? lookup : guarded(lookup),
  });
  const agent = new Agent({
    // The time of a request is kept by whoever sends it.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) => {
      if (!allowPrivate && isPrivateHost(options.hostname)) {
        queueMicrotask(() => callback(privateAddress(options.hostname), null));
        return;
      }
      // It returns the socket, which its type does not say.
      const socket = connect(options, callback) as unknown as Socket;
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    },
  });
  return {
    agent,
    async close() {
      // Those that are still being made are not the agent's yet.
      for (const socket of sockets) socket.destroy();
      await agent.destroy();
    },
  };
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
