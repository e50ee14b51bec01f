import type { Clock } from './clock.ts';
import { isBucketcastError } from './errors.ts';

/** What a line about a failure says of those before it. */
export interface Repetition {
  /** How often the subject has failed since it last worked. */
  readonly failures: number;
  /** Milliseconds since the first of them. */
  readonly forMs: number;
  /** Failures of this kind since the last line about it; they got none. */
  readonly unsaid: number;
}

export type Recovery = Pick<Repetition, 'failures' | 'forMs'>;

interface Kind {
  readonly toldAt: number;
  readonly unsaid: number;
}

interface Trouble {
  readonly since: number;
  readonly failures: number;
  readonly kinds: ReadonlyMap<string, Kind>;
}

/** Least time between two lines about the same. */
const againAfterMs = 60_000;
/** Failures that nobody says are over are another story after this. */
const forgottenAfterMs = 10 * againAfterMs;
/** The bucket may choose what fails, and how; it may not choose how much we remember. */
const mostSubjects = 200;
const mostKinds = 10;

/**
 * Which failures of one that fails again and again are worth a line: the first, each of another kind, and then one a
 * minute. A subject is what fails (`poll`, `sink web`), a kind is how; see `kindOf`.
 */
export class RepeatedFailures {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** The one that failed last stands last. */
  readonly #troubles = new Map<string, Trouble>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Counts a failure; `undefined` when it needs no line. */
  failed(subject: string, kind: string): Repetition | undefined {
    const now = this.#clock.monotonic();
    const before = this.#troubles.get(subject);
    const { trouble, repetition } = afterFailure(before, kind, now);
    this.#troubles.delete(subject);
    this.#troubles.set(subject, trouble);
    forgetOldest(this.#troubles, mostSubjects);
    return repetition;
  }

  /** The subject works; what it has gone through, if it had failed. */
  recovered(subject: string): Recovery | undefined {
    const trouble = this.#troubles.get(subject);
    if (trouble === undefined) return undefined;
    this.#troubles.delete(subject);
    return { failures: trouble.failures, forMs: Math.round(this.#clock.monotonic() - trouble.since) };
  }
}

/** Errors of one kind differ at most in what they name: keys, addresses, numbers. */
export function kindOf(error: unknown): string {
  if (isBucketcastError(error)) {
    const { status, s3Code, errno } = error.details;
    const facts = [status, s3Code, errno]
      .filter((fact) => typeof fact === 'string' || typeof fact === 'number')
      .join(' ');
    return facts === '' ? `${error.code} ${withoutNames(error.message)}` : `${error.code} ${facts}`;
  }
  return error instanceof Error ? `${error.name} ${withoutNames(error.message)}` : typeof error;
}

function withoutNames(message: string): string {
  return message.replace(/\S*[\d/]\S*/g, '#').slice(0, 200);
}

function afterFailure(
  before: Trouble | undefined,
  kind: string,
  now: number,
): { readonly trouble: Trouble; readonly repetition: Repetition | undefined } {
  const known = before !== undefined && now - lastTold(before) < forgottenAfterMs ? before : undefined;
  const { since, failures, kinds } = known ?? { since: now, failures: 0, kinds: new Map<string, Kind>() };
  const last = kinds.get(kind);
  const isTold = last === undefined || now - last.toldAt >= againAfterMs;
  const next = new Map(kinds);
  next.delete(kind);
  next.set(kind, isTold ? { toldAt: now, unsaid: 0 } : { ...last, unsaid: last.unsaid + 1 });
  forgetOldest(next, mostKinds);
  const trouble = { since, failures: failures + 1, kinds: next };
  const repetition = {
    failures: trouble.failures,
    forMs: Math.round(now - since),
    unsaid: last?.unsaid ?? 0,
  };
  return { trouble, repetition: isTold ? repetition : undefined };
}

function lastTold({ kinds }: Trouble): number {
  return Math.max(...[...kinds.values()].map(({ toldAt }) => toldAt));
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const name of map.keys()) {
    if (map.size <= most) return;
    map.delete(name);
  }
}
