import { PoisonError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import { BrokenFeed } from '../feeds/broken-feed.ts';
import { ParsedUpdate } from '../feeds/parsed-update.ts';
import type { FeedParser } from '../pool/feed-parser.ts';
import type { Deliver, DeliveryControl } from './sink-runner.ts';

export interface ParsedDeliveryOptions {
  readonly parser: Pick<FeedParser, 'parse'>;
  /** What becomes of an update that is no feed: it is delivered as it is, or a dead letter. */
  readonly unparsed: 'raw' | 'dead-letter';
}

/**
 * A subscription's `deliver` that gets feeds as entries (`parse: feed`). Updates without content, deletes among them, pass
 * through. What was parsed is remembered for as long as its update lives, so handing over again costs no parsing.
 *
 * A broken update that is to be a dead letter is blamed before anything is delivered: the runner takes it out and hands over the
 * others, in order. Threads that cannot be had are nobody's fault: that throws, and the subscription pauses.
 */
export function parsedDelivery(deliver: Deliver, { parser, unparsed }: ParsedDeliveryOptions): Deliver {
  const known = new WeakMap<Update, ParsedUpdate | BrokenFeed>();
  return async (updates, control) => {
    await parseNew(updates, { parser, known, signal: control.signal });
    if (unparsed === 'dead-letter') blameBroken(updates, known);
    const parsed = updates.map((update) => {
      const result = known.get(update);
      return result instanceof ParsedUpdate ? result : update;
    });
    try {
      await deliver(parsed, originalControl(control));
    } catch (error) {
      throw blamingOriginal(error);
    }
  };
}

interface Parsing {
  readonly parser: Pick<FeedParser, 'parse'>;
  readonly known: WeakMap<Update, ParsedUpdate | BrokenFeed>;
  readonly signal: AbortSignal;
}

async function parseNew(updates: readonly Update[], { parser, known, signal }: Parsing): Promise<void> {
  const fresh = updates.filter(
    (update) => update.kind === 'put' && !known.has(update) && update.content !== null,
  );
  if (fresh.length === 0) return;
  const results = await parser.parse(fresh, signal);
  for (const [index, result] of results.entries()) {
    const update = fresh[index] as Update;
    known.set(update, result instanceof BrokenFeed ? result : new ParsedUpdate(update, result));
  }
}

function blameBroken(updates: readonly Update[], known: Parsing['known']): void {
  for (const update of updates) {
    const result = known.get(update);
    if (!(result instanceof BrokenFeed)) continue;
    throw new PoisonError(`no feed that can be parsed (${result.reason}): ${result.message}`, {
      update,
      cause: result,
      details: { reason: result.reason },
    });
  }
}

/** Acknowledgements of what was handed on, as the runner knows it. */
function originalControl({ ack, signal }: DeliveryControl): DeliveryControl {
  return { signal, ack: (upTo) => ack(upTo && original(upTo)) };
}

function blamingOriginal(error: unknown): unknown {
  if (!(error instanceof PoisonError && error.update instanceof ParsedUpdate)) return error;
  const { message, hint, details } = error;
  const update = error.update.original;
  return new PoisonError(message, { update, details, cause: error, ...(hint !== undefined && { hint }) });
}

function original(update: Update): Update {
  return update instanceof ParsedUpdate ? update.original : update;
}
