import { invalidUrl } from '../base/url-error.ts';

export interface NatsServer {
  /** As the client takes it. */
  readonly address: string;
  readonly tls: boolean;
  /** `nats://host:port`, for messages. */
  readonly text: string;
}

const defaultPort = 4222;

/** Throws `invalid-settings`, naming the setting at `path`; never shows a password. */
export function parseNatsServer(url: string, path: string): NatsServer {
  const wrong = (hint: string) =>
    invalidUrl(
      path,
      url.replace(/\/\/.*@/s, '//***@'),
      'expected nats://host[:port] or tls://host[:port]',
      hint,
    );
  const parsed = URL.parse(url);
  if (parsed === null || !['nats:', 'tls:'].includes(parsed.protocol))
    throw wrong('Only these two are understood.');
  if (parsed.hostname === '') throw wrong('The host is missing.');
  if (parsed.username !== '' || parsed.password !== '')
    throw wrong('User and password stand in settings of their own: hints.nats.user and hints.nats.password.');
  if (!['', '/'].includes(parsed.pathname) || parsed.search !== '' || parsed.hash !== '')
    throw wrong('Nothing may follow the port.');
  const address = `${parsed.hostname}:${parsed.port === '' ? defaultPort : parsed.port}`;
  return { address, tls: parsed.protocol === 'tls:', text: `${parsed.protocol}//${address}` };
}
