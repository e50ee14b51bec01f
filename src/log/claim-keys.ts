import { createHash } from 'node:crypto';

/**
 * `v1/claims/<32 hex digits>`: the first 16 bytes of SHA-256 over the URL in UTF-8. One object for each URL that was ever
 * claimed; whoever can list the bucket can check a guess at one.
 */
const claimsPrefix = 'v1/claims/';

export function claimKey(url: string): string {
  return `${claimsPrefix}${createHash('sha256').update(url).digest('hex').slice(0, 32)}`;
}
