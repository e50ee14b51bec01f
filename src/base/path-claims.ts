import { unlessAborted } from './unless-aborted.ts';

interface Claim {
  readonly released: Promise<void>;
}

const claims = new Map<string, Claim>();

/**
 * Who is deciding about a file, in this process: a watcher from its last look at the record until it has noted what it
 * published, a files sink from its last look until the file is replaced. Without that an older update from elsewhere
 * would take the place of a newer one under way to everybody else. `undefined`: somebody else has it.
 */
export function tryClaim(path: string): (() => void) | undefined {
  if (claims.has(path)) return undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const claim = { released: promise };
  claims.set(path, claim);
  return () => {
    if (claims.get(path) !== claim) return;
    claims.delete(path);
    resolve();
  };
}

/** Waits for all of them; whoever waits while holding some must be the only one who does. Rejects when aborted. */
export async function claimAll(paths: readonly string[], signal: AbortSignal): Promise<() => void> {
  const held: (() => void)[] = [];
  const release = () => {
    for (const each of held) each();
  };
  try {
    for (const path of new Set(paths)) held.push(await claimOne(path, signal));
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

async function claimOne(path: string, signal: AbortSignal): Promise<() => void> {
  for (;;) {
    const claim = tryClaim(path);
    if (claim !== undefined) return claim;
    await unlessAborted(signal, claims.get(path)?.released ?? Promise.resolve());
  }
}
