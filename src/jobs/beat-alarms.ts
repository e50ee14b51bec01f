import { partsOfHost } from '../log/beat-keys.ts';
import type { BeatsListing, BeatsState } from './beat-watch.ts';

/**
 * What the heartbeats of a fleet say is wrong.
 *
 * | alarm | seen | means |
 * |---|---|---|
 * | `silent` | a host's count has not risen for `missed` of its beats, and it took no leave | it is down, or the bucket hides what it writes; with `tipsMove` its tips still come, so only its beats are missing |
 * | `rewound` | the newest beat shown of a host is `missed` or more below one that was shown before | an older listing, or a bucket that was restored |
 * | `frozen` | the listing lacks the last `missed` beats that the bucket acknowledged to us | the bucket does not show what it has taken |
 * | `withheld` | for so long no tip and no batch has shown the segments that a beat told of | the bucket shows beats and hides tips |
 *
 * All times are this host's own and monotonic. A LIST may lag by less than `missed` beats without being told.
 */
export interface BeatAlarm {
  readonly kind: BeatAlarmKind;
  readonly server: string;
  readonly hostId: string;
  /** Beats that are missing for `rewound` and `frozen`, segments for `withheld`, 0 for `silent`. */
  readonly missing: number;
  /** For how long nothing was heard, ms; 0 for `rewound` and `frozen`. */
  readonly forMs: number;
  /** Of `silent`: whether tips of the host have come since. */
  readonly tipsMove: boolean;
}

export const beatAlarmKinds = ['silent', 'rewound', 'frozen', 'withheld'] as const;
export type BeatAlarmKind = (typeof beatAlarmKinds)[number];

export interface AlarmContext {
  readonly ownHost: string;
  /** The last beat of ours that the bucket had acknowledged when the listing began. */
  readonly ownAcked: number;
  readonly intervalMs: number;
  readonly missed: number;
  /** When a tip of the host last rose, monotonic ms. */
  readonly tipsMovedAt: (host: string) => number | undefined;
  readonly reached: (writer: string) => number;
  /** When the last complete poll of the tips began. */
  readonly polledAt: number | undefined;
}

export function beatAlarms(state: BeatsState, listing: BeatsListing, context: AlarmContext): BeatAlarm[] {
  return [
    ...frozen(state, listing, context),
    ...outOfStep(state, listing, context),
    ...withheld(state, listing, context),
  ];
}

/** So that one alarm is told once, however its numbers go on. */
export function alarmKey({ kind, server, hostId }: BeatAlarm): string {
  return `${kind} ${server}~${hostId}`;
}

function frozen(
  { ownShown }: BeatsState,
  { newest }: BeatsListing,
  { ownHost, ownAcked, missed }: AlarmContext,
): BeatAlarm[] {
  const missing = ownAcked - (newest.get(ownHost)?.count ?? ownShown);
  return missing < missed ? [] : [alarm('frozen', ownHost, { missing })];
}

function outOfStep(
  { hosts }: BeatsState,
  { newest, startedAt }: BeatsListing,
  { missed, intervalMs, tipsMovedAt }: AlarmContext,
): BeatAlarm[] {
  const alarms: BeatAlarm[] = [];
  for (const { host, count, everyMs, risenAt } of hosts.values()) {
    const missing = count - (newest.get(host)?.count ?? count);
    const forMs = startedAt - risenAt;
    if (missing >= missed) alarms.push(alarm('rewound', host, { missing }));
    else if (everyMs > 0 && forMs > missed * everyMs + intervalMs) {
      const movedAt = tipsMovedAt(host);
      const tipsMove = movedAt !== undefined && movedAt > risenAt + everyMs;
      alarms.push(alarm('silent', host, { forMs, tipsMove }));
    }
  }
  return alarms;
}

function withheld(
  { unseen }: BeatsState,
  { startedAt }: BeatsListing,
  { missed, intervalMs, reached, polledAt }: AlarmContext,
): BeatAlarm[] {
  const late = [...unseen.values()].filter(
    ({ since }) => polledAt !== undefined && polledAt > since + missed * intervalMs,
  );
  return late.map(({ writer, segments, since }) =>
    alarm('withheld', writer.slice(0, writer.lastIndexOf('~')), {
      missing: segments - reached(writer),
      forMs: startedAt - since,
    }),
  );
}

function alarm(
  kind: BeatAlarmKind,
  host: string,
  facts: Partial<Pick<BeatAlarm, 'missing' | 'forMs' | 'tipsMove'>>,
): BeatAlarm {
  return { kind, ...partsOfHost(host), missing: 0, forMs: 0, tipsMove: false, ...facts };
}
