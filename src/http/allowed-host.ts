import { isIP } from 'node:net';

/**
 * Whether a request may carry this `Host`. A page that has its own name point at this machine (DNS rebinding) carries
 * that name; so addresses pass, and of names only those known to be ours.
 */
export function isAllowedHost(header: string, names: ReadonlySet<string>): boolean {
  const name = hostName(header);
  return name !== undefined && (isIP(name) !== 0 || names.has(name));
}

/** The names that are ours, as they are compared. */
export function ownNames(names: readonly string[]): ReadonlySet<string> {
  return new Set(['localhost', ...names].map((name) => hostName(name) ?? name.toLowerCase()));
}

/** `Example.com.:80` → `example.com`, `[::1]:80` → `::1`; undefined for what is no host. */
function hostName(header: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]\\]+))(?::\d{0,5})?$/i.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}
