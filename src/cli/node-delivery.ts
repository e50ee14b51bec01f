import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { isBucketcastError } from '../base/errors.ts';
import { systemRandom } from '../base/random.ts';
import { SECOND } from '../config/units.ts';
import type { Published, Spooled } from '../publish/published.ts';
import type { NodeAnswer, NodeClient } from './node-client.ts';
import { problemIn } from './node-client.ts';
import type { PublishEntry } from './publish-entry.ts';

export interface DeliveryParts {
  /** `Idempotency-Key` of the request, the same for every try. */
  readonly key: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Looked up for each try: a node that restarts may listen elsewhere, with another token. */
  readonly client: () => NodeClient | undefined;
}

/** Every entry was told; or nothing of the batch was taken, for certain; or time is over, and it is not known. */
export type NodeVerdict = 'told' | 'not-taken' | 'late';

/** Answers after which another try makes sense: the store is away, or the node is busy or restarting. */
const passing = ['store-unavailable', 'unknown-outcome', 'not-ready', 'busy', 'closed'];
/** Answers that say that nothing of the request was taken. */
const untaken = ['not-ready', 'busy'];

/** One request to the node, sent again with the same key until there is an answer for each of its lines. */
export class NodeDelivery {
  readonly #batch: readonly PublishEntry[];
  readonly #parts: DeliveryParts;
  readonly #body: string;
  /** Whether some try may have got through. */
  #maybeTaken = false;

  constructor(batch: readonly PublishEntry[], parts: DeliveryParts) {
    this.#batch = batch;
    this.#parts = parts;
    this.#body = batch.map(({ line }) => `${line}\n`).join('');
  }

  /** Throws only what the session's signal was aborted with. */
  async run(): Promise<NodeVerdict> {
    const { clock, signal, timeoutMs } = this.#parts;
    const endsAt = clock.monotonic() + timeoutMs;
    for (let attempt = 0; ; attempt++) {
      const verdict = await this.#try(endsAt - clock.monotonic());
      if (verdict !== 'again') return verdict;
      const waitMs = backoffMs(attempt, { baseMs: 100, capMs: 2 * SECOND }, systemRandom);
      if (clock.monotonic() + waitMs >= endsAt) return 'late';
      await clock.sleep(waitMs, signal);
    }
  }

  async #try(leftMs: number): Promise<NodeVerdict | 'again'> {
    const client = this.#parts.client();
    // Gone for good or just restarting: whoever is not sure waits for its return.
    if (client === undefined) return this.#maybeTaken ? 'again' : 'not-taken';
    let answer: NodeAnswer;
    try {
      answer = await client.request('/api/updates', {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': this.#parts.key },
        body: this.#body,
        timeoutMs: Math.max(1, leftMs),
      });
    } catch (error) {
      if (!isBucketcastError(error, 'store-unavailable')) throw error;
      if (error.details['unsent'] !== true) this.#maybeTaken = true;
      return 'again';
    }
    return answer.status === 200 ? this.#settle(answer.text) : this.#refused(client, answer);
  }

  #refused(client: NodeClient, answer: NodeAnswer): NodeVerdict | 'again' {
    const { code = '' } = problemIn(answer.text);
    if (passing.includes(code)) {
      if (!untaken.includes(code)) this.#maybeTaken = true;
      return 'again';
    }
    // A 4xx is about the request, not about its updates: too large for the node, a token that it does not take.
    if (answer.status < 500 && !this.#maybeTaken) return 'not-taken';
    const error = client.refusal(answer);
    for (const { reject } of this.#batch) reject(error);
    return 'told';
  }

  /** Results come one a line, by number; the last line is about the whole. */
  #settle(text: string): NodeVerdict | 'again' {
    const results = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LineResult);
    const summary = results.pop();
    if (summary?.complete !== true && passing.includes(summary?.error?.code ?? '')) {
      this.#maybeTaken = true;
      return 'again';
    }
    const byLine = new Map(results.map((result) => [result.line, result]));
    for (const [index, entry] of this.#batch.entries()) {
      const { error, published } = resultOf(byLine.get(index + 1), summary?.error);
      if (error === undefined) entry.resolve(published);
      else entry.reject(this.#lineError(error));
    }
    return 'told';
  }

  #lineError(problem: LineProblem): Error {
    const client = this.#parts.client();
    const text = JSON.stringify({ detail: 'the node did not answer for it', ...problem });
    return client?.refusal({ status: 500, text }) ?? new Error(problem.detail ?? 'the node is gone');
  }
}

type Result =
  | { readonly error: LineProblem; readonly published?: never }
  | { readonly error?: never; readonly published: Published | Spooled };

/** What became of a line; of one that the answer leaves out, what became of the whole. */
function resultOf(found: LineResult | undefined, failure: LineProblem | undefined): Result {
  if (found === undefined) return { error: failure ?? {} };
  if (found.error !== undefined) return { error: found.error };
  const { line: _, ...published } = found;
  return { published: published as unknown as Published | Spooled };
}

interface LineProblem {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
}

interface LineResult {
  readonly line?: number;
  readonly complete?: boolean;
  readonly error?: LineProblem;
}
