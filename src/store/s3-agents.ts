import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { ProxyAgent } from 'proxy-agent';
import type { Settings } from '../config/settings.ts';
import { authorities, checkProxy } from './way-settings.ts';

export interface Agents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  destroy(): void;
}

/** What the `store` settings say of the way to the store. */
export type WaySettings = Pick<Settings['store'], 'proxy' | 'caFile'>;

/**
 * Connections that are kept open and reused. How many requests run at once is the limiter's business, above the
 * driver; so the sockets are not limited here, where a limit would only make requests wait unseen.
 *
 * `store.proxy` takes all requests; without it `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count.
 *
 * @throws BucketcastError `invalid-settings` for a proxy or CA file that cannot be used
 */
export function createAgents(settings: WaySettings, environment: NodeJS.ProcessEnv = process.env): Agents {
  const options = {
    keepAlive: true,
    keepAliveMsecs: 30_000,
    maxSockets: Infinity,
    ...authorities(settings.caFile),
  };
  const { proxy } = settings;
  if (proxy === undefined && !namesProxy(environment)) {
    const httpAgent = new HttpAgent(options);
    const httpsAgent = new HttpsAgent(options);
    return {
      httpAgent,
      httpsAgent,
      destroy() {
        httpAgent.destroy();
        httpsAgent.destroy();
      },
    };
  }
  if (proxy !== undefined) checkProxy(proxy);
  const agent = new ProxyAgent({ ...options, ...(proxy !== undefined && { getProxyForUrl: () => proxy }) });
  // It serves both protocols; its type knows only of the plainer one.
  return { httpAgent: agent, httpsAgent: agent, destroy: () => agent.destroy() };
}

function namesProxy(environment: NodeJS.ProcessEnv): boolean {
  return ['https_proxy', 'http_proxy', 'all_proxy'].some(
    (name) => environment[name] || environment[name.toUpperCase()],
  );
}
