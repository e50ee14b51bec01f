import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool, ProxyAgent } from 'undici';
import type { Settings } from '../config/settings.ts';
import { authorities, checkProxy } from './way-settings.ts';

/** What the `store` settings say of connections. */
export type ConnectionSettings = Pick<
  Settings['store'],
  'proxy' | 'caFile' | 'connectTimeoutMs' | 'requestTimeoutMs'
>;

/** An idle connection is kept so long, unless the store says otherwise. */
const IDLE_MS = 30_000;

/**
 * Connections that are kept open and reused, one request at a time on each and as many as there are requests: how many
 * run at once is the limiter's business, above the driver. Proxies as in `s3-agents.ts`.
 *
 * @param scheme the store's: it decides which proxy of the environment counts
 * @throws BucketcastError `invalid-settings` for a proxy or CA file that cannot be used
 */
export function openDispatcher(
  settings: ConnectionSettings,
  scheme: 'http' | 'https',
  environment: NodeJS.ProcessEnv = process.env,
): Dispatcher {
  const tls = authorities(settings.caFile);
  const connect = { timeout: settings.connectTimeoutMs, keepAliveInitialDelay: IDLE_MS, ...tls };
  const options = {
    connections: null,
    pipelining: 1,
    // One connection for all requests would make them wait for each other's bytes.
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    connect,
  };
  if (settings.proxy !== undefined) checkProxy(settings.proxy);
  const uri = settings.proxy ?? proxyOf(scheme, environment);
  if (uri === undefined) return new Agent(options);
  const throughProxy = {
    ...options,
    requestTls: connect,
    proxyTls: connect,
    connectTimeout: settings.connectTimeoutMs,
    // A proxy that does not answer a CONNECT is as silent as a store.
    clientFactory: (origin: URL, more: object) =>
      new Pool(origin, { ...more, headersTimeout: settings.requestTimeoutMs }),
  };
  // Names are left to the proxy with either.
  const known = uri.replace(/^socks5h:/i, 'socks5:');
  if (settings.proxy !== undefined) return new ProxyAgent({ ...throughProxy, uri: known });
  return new EnvHttpProxyAgent({ ...throughProxy, httpProxy: known, httpsProxy: known });
}

function proxyOf(scheme: string, environment: NodeJS.ProcessEnv): string | undefined {
  for (const name of [`${scheme}_proxy`, 'all_proxy']) {
    const proxy = environment[name] || environment[name.toUpperCase()];
    if (proxy) return proxy.includes('://') ? proxy : `http://${proxy}`;
  }
  return undefined;
}
