import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { errorMessage } from '../base/error-message.ts';
import { BucketcastError } from '../base/errors.ts';

/** @throws BucketcastError `invalid-settings` when `store.proxy` is no proxy's URL */
export function checkProxy(proxy: string): void {
  if (['http:', 'https:', 'socks:', 'socks5:', 'socks5h:'].includes(URL.parse(proxy)?.protocol ?? '')) return;
  // Not shown: it may hold a password.
  throw new BucketcastError(
    'invalid-settings',
    'store.proxy: expected a URL such as `http://proxy.example:3128`',
  );
}

/**
 * Those that Node trusts anyway (`NODE_EXTRA_CA_CERTS` among them), and the file's.
 *
 * @throws BucketcastError `invalid-settings` when there is none in it
 */
export function authorities(caFile: string | undefined): { ca?: string[] } {
  if (caFile === undefined) return {};
  let pem: string;
  try {
    pem = readFileSync(caFile, 'utf8');
  } catch (cause) {
    const message = `store.caFile: cannot be read: ${errorMessage(cause)}`;
    throw new BucketcastError('invalid-settings', message, { cause });
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new BucketcastError(
      'invalid-settings',
      `store.caFile: expected certificates in PEM form in ${JSON.stringify(caFile)}`,
    );
  }
  return { ca: [...getCACertificates('default'), pem] };
}
