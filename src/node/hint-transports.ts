import { isBucketcastError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import type { HintDoor } from '../hints/hint-door.ts';
import type { HintParts } from '../hints/hint-parts.ts';
import type { HintTransport } from '../hints/hint-transport.ts';

export interface OpenTransports {
  readonly transports: readonly HintTransport[];
  /** What is posted to the node goes there. */
  readonly door: HintDoor | undefined;
}

export interface HintUse {
  /** A publisher without a node only tells: it leaves out what only listens. */
  readonly role: 'node' | 'publisher';
  /** Whether what is posted to the node finds anybody. */
  readonly http: boolean;
}

/** The transports of the settings, not started. Loads their code only now: most nodes have none. Throws `invalid-settings`, `address-taken`. */
export async function openTransports(
  hints: Settings['hints'],
  parts: HintParts,
  use: HintUse,
): Promise<OpenTransports> {
  const transports: HintTransport[] = [];
  try {
    const door = await openInto(transports, hints, parts, use);
    return { transports, door };
  } catch (error) {
    // One that is open already may hold an address.
    await Promise.allSettled(transports.map((transport) => transport.stop()));
    throw error;
  }
}

async function openInto(
  transports: HintTransport[],
  { redis, nats, zeromq, webhook, sqs }: Settings['hints'],
  parts: HintParts,
  { role, http }: HintUse,
): Promise<HintDoor | undefined> {
  let door: HintDoor | undefined;
  if (redis) {
    const { openRedisHints } = await import('../hints/redis-hints.ts');
    transports.push(await openRedisHints(redis, parts));
  }
  if (nats) {
    const { openNatsHints } = await import('../hints/nats-hints.ts');
    transports.push(await openNatsHints(nats, parts));
  }
  if (webhook && (role === 'node' || webhook.peers.length > 0)) {
    const { openWebhookHints } = await import('../hints/webhook-hints.ts');
    const opened = await openWebhookHints(webhook, { ...parts, http });
    transports.push(opened);
    door = opened;
  }
  if (sqs && role === 'node') {
    const { openSqsHints } = await import('../hints/sqs-hints.ts');
    transports.push(await openSqsHints(sqs, parts));
  }
  // The last, for it alone listens as soon as it is open, and would have to be closed if another could not be opened.
  const announcer = zeromq && (await openZeromq(zeromq, parts, role));
  if (announcer) transports.push(announcer);
  return door;
}

/** Beside a node with the same settings the port is taken, and a publisher goes without: polls find what it publishes. */
async function openZeromq(
  zeromq: NonNullable<Settings['hints']['zeromq']>,
  parts: HintParts,
  role: HintUse['role'],
): Promise<HintTransport | undefined> {
  if (role === 'publisher' && zeromq.bind === undefined) return undefined;
  const { openZeromqHints } = await import('../hints/zeromq-hints.ts');
  if (role === 'node') return openZeromqHints(zeromq, parts);
  try {
    return await openZeromqHints({ ...zeromq, connect: [] }, parts);
  } catch (error) {
    if (isBucketcastError(error, 'address-taken')) return undefined;
    throw error;
  }
}
