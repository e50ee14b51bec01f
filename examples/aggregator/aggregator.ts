import { setTimeout as sleep } from 'node:timers/promises';
import type { BucketcastNode } from '../../src/index.ts';

export interface Wish {
  readonly url: string;
  /** A feed that was fetched this long ago is due. */
  readonly freshMs: number;
  readonly signal: AbortSignal;
}

const retryMs = 150;
const claimMs = 10_000;

/** Fetches a feed whenever this server's own copy is too old: what a server does that knows of no other. */
export async function keepFreshAlone(node: BucketcastNode, wish: Wish): Promise<void> {
  while (await fetchAndPublish(node, wish)) await rest(wish.freshMs, wish);
}

/** The same, but asks first who has it already, and then lets one server of the fleet do it. */
export async function keepFreshTogether(node: BucketcastNode, wish: Wish): Promise<void> {
  while (!wish.signal.aborted) {
    const dueInMs = untilDue(node, wish);
    if (dueInMs > 0) {
      await rest(dueInMs, wish);
      continue;
    }
    await using claim = await node.claim(wish.url, { ttlMs: claimMs });
    if (claim === undefined) {
      await rest(retryMs, wish);
      continue;
    }
    // Whoever had the claim before may have published what is not known here yet: hear it before looking again.
    await node.idle();
    if (untilDue(node, wish) > 0) continue;
    const signal = AbortSignal.any([wish.signal, claim.signal]);
    await fetchAndPublish(node, { ...wish, signal }, claim.token);
  }
}

/** 0 for what nobody in the fleet has fetched in time. */
function untilDue(node: BucketcastNode, { url, freshMs }: Wish): number {
  const known = node.state.get(url);
  return known === undefined ? 0 : Math.max(0, freshMs - known.agoMs);
}

/** Whether it was done; `false` once the signal has aborted. `token` goes along, for whoever wants to refuse late work. */
async function fetchAndPublish(
  node: BucketcastNode,
  { url, signal }: Wish,
  token?: number,
): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: { 'user-agent': node.server }, signal });
    const content = new Uint8Array(await response.arrayBuffer());
    const data = { status: response.status, ...(token !== undefined && { token }) };
    // Visible before the claim is released: the next one finds it.
    await node.publish({ url, content, data }, { visible: true });
    return !signal.aborted;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

async function rest(ms: number, { signal }: Wish): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
