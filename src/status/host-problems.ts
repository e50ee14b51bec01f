import { HOUR } from '../config/units.ts';
import { bytesText, counted, timeText } from './amounts.ts';
import { type ProblemRule, when } from './problem-rule.ts';

const nearlyAll = 0.95;
/** A restart of a part longer ago than this is history. */
const recentCrashMs = HOUR;

export const hostProblems: readonly ProblemRule[] = [
  {
    name: 'no-threads',
    meaning: 'Every worker thread is lost: nothing is fetched until one is up again.',
    advice:
      'They are started again by themselves. If they are not, look for "a worker thread died" in the log, check the memory of the host (`free -m`), and restart the node.',
    find: ({ threads }) =>
      when(
        threads.length > 0 && threads.every(({ alive }) => !alive),
        'critical',
        () => `none of the ${counted(threads.length, 'worker thread')} is alive`,
      ),
  },
  {
    name: 'thread-lost',
    meaning: 'A worker thread died. Others have taken its lanes over; a new one is started.',
    advice:
      'Nothing, if it happens once. If it repeats, look for "a worker thread died" in the log and check the memory of the host (`free -m`); fewer `pool.threads` need less.',
    find: ({ threads }) => {
      const lost = threads.filter(({ alive }) => !alive);
      return when(
        lost.length > 0 && lost.length < threads.length,
        'warning',
        () => `${lost.length} of ${counted(threads.length, 'worker thread')} not alive just now`,
      );
    },
  },
  {
    name: 'twin',
    meaning:
      'Within the last hour two machines have published under one server name. Each gets the updates of the other and nothing is lost, but nobody can tell them apart. Critical when the name is that of this node.',
    advice:
      'Give every machine a name of its own (`server` in its settings) and a state directory of its own; never copy a state directory to a second machine. Then restart both.',
    find: ({ twins }) =>
      twins.map(({ server, hostIds, ours }) => ({
        severity: ours ? 'critical' : 'warning',
        message: `${counted(hostIds.length, 'machine')} publish as "${server}"${ours ? ', which is this server' : ''} (host ids ${hostIds.join(', ')})`,
      })),
  },
  {
    name: 'rewound',
    meaning:
      'Something went back that only goes forward: the tips of a writer in the bucket, or what the state directory knows of its own writers. Mostly a bucket or a directory was restored from a backup, or a state directory copied.',
    advice:
      'Find out who restored or copied what. A restored bucket lacks what came since the backup: have that server publish it again. A restored state directory delivers again what came since the backup, and loses nothing; a copied one must not be used on two machines: give the second one an empty directory.',
    find: ({ since: { rewinds } }) =>
      when(
        rewinds.count > 0,
        'warning',
        () =>
          `${counted(rewinds.count, 'time')} something went back, last of the writer ${rewinds.lastWriter}`,
      ),
  },
  {
    name: 'distrusted',
    meaning:
      'Something in the bucket did not verify, or claims what the bucket does not bear out, and is ignored: a foreign tool, a wrong key, or somebody who should not have write access.',
    advice:
      'See who can write to the bucket. With encryption, check that all nodes have the same `encryption.keys`. The log line "something in the bucket is not to be believed" names each key.',
    find: ({ since: { distrusted } }) =>
      when(
        distrusted.count > 0,
        'warning',
        () =>
          `${counted(distrusted.count, 'time')} something in the bucket was not to be believed, last ${distrusted.lastKey}`,
      ),
  },
  {
    name: 'memory-full',
    meaning:
      'Fetched updates that no sink has taken fill `limits.bytesInFlight`: fetching waits for the sinks. That is how memory stays bounded.',
    advice:
      'Usually a slow sink: see the subscriptions. If the sinks are fast and the host has memory to spare: `bucketcast limits set bytesInFlight=512MiB`.',
    find: ({ memory: { heldBytes, maxHeldBytes } }) =>
      when(
        heldBytes >= nearlyAll * maxHeldBytes,
        'warning',
        () => `${bytesText(heldBytes)} of ${bytesText(maxHeldBytes)} for fetched updates are in use`,
      ),
  },
  {
    name: 'rate-limited',
    meaning:
      'Requests wait for `limits.requestsPerSecond`, `uploadBytesPerSecond` or `downloadBytesPerSecond` of this host.',
    advice:
      'Where the host and its network can bear more, raise the limit: `bucketcast limits set requestsPerSecond=0 downloadBytesPerSecond=0` (0 is no limit), and in the settings file to make it last.',
    find: ({ limits: { values, waiting, waitingForUpload, waitingForDownload, concurrency } }) => {
      const others = waiting - waitingForUpload - waitingForDownload;
      const held = [
        ...(waitingForUpload > 0 ? [`${waitingForUpload} for uploadBytesPerSecond`] : []),
        ...(waitingForDownload > 0 ? [`${waitingForDownload} for downloadBytesPerSecond`] : []),
        ...(values.requestsPerSecond > 0 && others >= concurrency ? [`${others} for requestsPerSecond`] : []),
      ];
      return when(held.length > 0, 'warning', () => `requests wait for the limits: ${held.join(', ')}`);
    },
  },
  {
    name: 'part-restarted',
    meaning:
      'A part of the node (an actor: the poller, a subscription, the publisher) met an error within the last hour and was started again from what is saved.',
    advice:
      'Look for "restarted after an error" in the log. Once is no harm; if it repeats, check the disk of the state directory, keep the log and report it.',
    find: ({ since: { crashes } }) =>
      when(
        crashes.agoMs !== null && crashes.agoMs < recentCrashMs,
        'warning',
        () =>
          `${crashes.actor} was restarted ${timeText(crashes.agoMs ?? 0)} ago (${counted(crashes.count, 'restart')} since the start): ${crashes.error}`,
      ),
  },
];
