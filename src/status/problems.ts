import { flowProblems } from './flow-problems.ts';
import { heartbeatProblems } from './heartbeat-problems.ts';
import { hintProblems } from './hint-problems.ts';
import { hostProblems } from './host-problems.ts';
import { indexProblems } from './index-problems.ts';
import type { ProblemRule, StatusFacts } from './problem-rule.ts';
import { readingProblems } from './reading-problems.ts';
import { snapshotProblems } from './snapshot-problems.ts';
import { spoolProblems } from './spool-problems.ts';
import type { Problem } from './status.ts';
import { storeProblems } from './store-problems.ts';

/** Every problem that a status can name; within one severity they are shown in this order. */
export const problemRules: readonly ProblemRule[] = [
  ...storeProblems,
  ...spoolProblems,
  ...readingProblems,
  ...heartbeatProblems,
  ...indexProblems,
  ...snapshotProblems,
  ...flowProblems,
  ...hintProblems,
  ...hostProblems,
];

/** What is not as it should be, most severe first. Pure. */
export function findProblems(status: StatusFacts): readonly Problem[] {
  const problems = problemRules.flatMap(({ name, advice, find }) =>
    find(status).map((finding) => ({
      severity: finding.severity,
      name,
      message: finding.message,
      advice: finding.advice ?? advice,
    })),
  );
  const rank = { critical: 0, warning: 1 } as const;
  return problems.toSorted((a, b) => rank[a.severity] - rank[b.severity]);
}
