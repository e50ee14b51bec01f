import type { Problem, Status } from './status.ts';

/** A status before its problems are known. */
export type StatusFacts = Omit<Status, 'problems'>;

/** One occurrence of a problem; its advice replaces the rule's where more is known. */
export interface Finding {
  readonly severity: Problem['severity'];
  readonly message: string;
  readonly advice?: string | null | undefined;
}

/** One kind of problem: how to see it, and what to do about it. Pure. */
export interface ProblemRule {
  readonly name: string;
  /** What it means, for the reference. */
  readonly meaning: string;
  /** What to do, commands included. */
  readonly advice: string;
  readonly find: (status: StatusFacts) => readonly Finding[];
}

/** For rules that find one thing or nothing. */
export function when(
  isSo: boolean,
  severity: Problem['severity'],
  message: () => string,
  advice?: string | null,
): readonly Finding[] {
  return isSo ? [{ severity, message: message(), advice }] : [];
}
