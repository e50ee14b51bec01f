import type { Answers } from '../state/answers.ts';
import { busy } from './body-budget.ts';
import { Refusal } from './refusal.ts';

/** An answer that can be given again. */
export interface StoredAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface Outcome {
  readonly answer: StoredAnswer;
  /** Whether it is known of everything in the request how it ended. Otherwise a repeat publishes again, with the same ids. */
  readonly final: boolean;
}

const maxUnderWay = 1000;

/**
 * Requests with an `Idempotency-Key`: each key's work is done once. A repeat that comes while it is under way waits for
 * the same work, a later one gets the remembered answer, and another request under the key is refused.
 */
export class KeyedRequests {
  readonly #answers: Answers;
  readonly #underWay = new Map<
    string,
    { readonly fingerprint: string; readonly answer: Promise<StoredAnswer> }
  >();

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** Goes on until it is known how the request ended, also when nobody waits any more. */
  async answer(
    key: string,
    fingerprint: string,
    work: () => Promise<Outcome>,
  ): Promise<{ readonly answer: StoredAnswer; readonly repeated: boolean }> {
    const current = this.#underWay.get(key);
    if (current !== undefined) {
      if (current.fingerprint !== fingerprint) throw reused();
      return { answer: await current.answer, repeated: true };
    }
    if (this.#underWay.size >= maxUnderWay) throw busy('has as many requests with keys under way as it may');
    const known = this.#answers.begin(key, fingerprint);
    if (known !== undefined && known.fingerprint !== fingerprint) throw reused();
    if (known?.answer !== undefined)
      return { answer: JSON.parse(known.answer) as StoredAnswer, repeated: true };
    const answer = this.#work(key, work).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { fingerprint, answer });
    return { answer: await answer, repeated: false };
  }

  async #work(key: string, work: () => Promise<Outcome>): Promise<StoredAnswer> {
    try {
      const { answer, final } = await work();
      if (final) this.#answers.finish(key, JSON.stringify(answer));
      return answer;
    } catch (error) {
      if (isUnbegun(error)) this.#answers.forget(key);
      throw error;
    }
  }
}

/** A mistake of the client's: nothing was published, and the key is free for the request put right. */
function isUnbegun(error: unknown): boolean {
  return (error instanceof Refusal && error.status < 500) || isInvalidUpdate(error);
}

function isInvalidUpdate(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'invalid-update';
}

function reused(): Refusal {
  return new Refusal(422, 'key-reused', 'This Idempotency-Key came with another request before.', {
    hint: 'Use a new key for each request, and the same one only to repeat it unchanged.',
  });
}
