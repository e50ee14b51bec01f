import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Settings } from '../config/settings.ts';
import { createAgents } from './s3-agents.ts';

export interface OwnRequestHandler {
  readonly requestHandler: NodeHttpHandler;
  /** Closes the sockets; idempotent. */
  readonly destroy: () => void;
}

/**
 * The SDK's requests over our own sockets and timeouts.
 *
 * @throws BucketcastError `invalid-settings` for a proxy or CA file that cannot be used
 */
export function createRequestHandler(settings: Settings['store']): OwnRequestHandler {
  const agents = createAgents(settings);
  const requestHandler = new NodeHttpHandler({
    httpAgent: agents.httpAgent,
    httpsAgent: agents.httpsAgent,
    connectionTimeout: settings.connectTimeoutMs,
    // Of silence, not of the whole request: a large body on a slow line may take its time.
    socketTimeout: settings.requestTimeoutMs,
    // Waiting for a socket is no news to a user; without this the SDK writes warnings to the console.
    socketAcquisitionWarningTimeout: 2 ** 31 - 1,
  });
  return { requestHandler, destroy: () => agents.destroy() };
}
