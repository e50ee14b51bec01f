import type { BeatAlarm, BeatAlarmKind } from '../jobs/beat-alarms.ts';
import { counted, timeText } from './amounts.ts';
import { type Finding, type ProblemRule, type StatusFacts, when } from './problem-rule.ts';
import type { Problem } from './status.ts';

/** Of many servers so many are named. */
const mostNamed = 5;

export const heartbeatProblems: readonly ProblemRule[] = [
  {
    name: 'bucket-frozen',
    meaning:
      'The bucket acknowledged heartbeats of this node and does not list them: it shows an old state, to this node at least. Whatever else is new may be missing as well.',
    advice:
      'List the bucket from another machine and compare (`aws s3 ls`, below `v1/beats/`). A cache or a replica between node and store does this by mistake. If it is nothing of the kind, do not trust the bucket: publish by another one.',
    find: (status) =>
      found(
        status,
        'frozen',
        'critical',
        ([alarm]) =>
          `the bucket does not list the last ${counted(alarm?.missing ?? 0, 'heartbeat')} that it acknowledged to this node`,
      ),
  },
  {
    name: 'bucket-rewound',
    meaning:
      'The bucket shows older heartbeats of a server than it did before: an older listing was shown again, or the bucket was restored from a backup. Updates since then may be missing from it.',
    advice:
      'Find out who restored what. Servers that published since then still have their updates: have them publish again. If nobody restored anything, do not trust the bucket.',
    find: (status) =>
      found(status, 'rewound', 'critical', (alarms) => `heartbeats of ${named(alarms)} went back`),
  },
  {
    name: 'news-withheld',
    meaning:
      'A heartbeat of a server told of segments, and neither its tips nor any batch has shown them since: the bucket shows its heartbeats and hides its updates.',
    advice:
      'Look at the server: `bucketcast status` there names its writer. If its tip stands in the bucket when listed from another machine, this node is shown something else: do not trust the bucket.',
    find: (status) =>
      found(
        status,
        'withheld',
        'critical',
        (alarms) => `updates of ${named(alarms)} are announced and not shown`,
      ),
  },
  {
    name: 'server-silent',
    meaning:
      'A server that sent heartbeats sends none, and took no leave: it is down, it cannot reach the bucket, or the bucket hides what it writes. Told for a week, or until another machine has its name.',
    advice:
      'Look at that server (`bucketcast status` there). If it runs and its heartbeats are acknowledged, the bucket hides them from this node. Where its tips still come, it may lack the right to write `v1/beats/`. One that was taken away for good is forgotten after a week; stop servers cleanly (SIGTERM), and nobody misses them.',
    find: (status) =>
      found(status, 'silent', 'warning', (alarms) => {
        const longest = Math.max(...alarms.map(({ forMs }) => forMs));
        const moving = alarms.filter(({ tipsMove }) => tipsMove).length;
        const tips = moving === 0 ? 'nor tips' : `while tips of ${moving} still come`;
        return `no heartbeat of ${named(alarms)} for ${timeText(longest)}, ${tips}`;
      }),
  },
  {
    name: 'heartbeat-failing',
    meaning: 'This node could not write its heartbeat, or not list those of the others, with its last try.',
    advice:
      'Run `bucketcast doctor`. A key that may not write below `v1/beats/` needs the right to, or `heartbeat.intervalMs: 0`.',
    find: ({ heartbeat }) =>
      when(
        heartbeat !== null && heartbeat.error !== null,
        'warning',
        () => `heartbeats fail: ${heartbeat?.error?.message}`,
        heartbeat?.error?.hint,
      ),
  },
];

function found(
  { heartbeat }: StatusFacts,
  kind: BeatAlarmKind,
  severity: Problem['severity'],
  message: (alarms: readonly BeatAlarm[]) => string,
): readonly Finding[] {
  const alarms = (heartbeat?.alarms ?? []).filter((alarm) => alarm.kind === kind);
  return when(alarms.length > 0, severity, () => message(alarms));
}

function named(alarms: readonly BeatAlarm[]): string {
  const names = [...new Set(alarms.map(({ server }) => server))];
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
