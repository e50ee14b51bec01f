import type { LookupFunction, Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';

export interface HttpAgentOptions {
  /** For a connection to stand. */
  readonly timeoutMs: number;
  /** Default: the system's. */
  readonly lookup?: LookupFunction;
  /** Says why no connection is made to a host. Default: they are made to all. */
  readonly refuse?: (hostname: string) => Error | undefined;
}

export interface HttpAgent {
  readonly agent: Agent;
  /** Ends every connection, those being made included. */
  close(): Promise<void>;
}

/** Connections that are kept open and reused. Proxies of the environment are not used; requests are timed by whoever sends them. */
export function openHttpAgent({ timeoutMs, lookup, refuse = () => undefined }: HttpAgentOptions): HttpAgent {
  const sockets = new Set<Socket>();
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, ...(lookup && { lookup }) });
  const agent = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) => {
      const refusal = refuse(options.hostname);
      if (refusal !== undefined) {
        queueMicrotask(() => callback(refusal, null));
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
