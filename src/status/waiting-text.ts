import type { BlockReason } from '../coordinate/lane-state.ts';
import type { Waiting } from '../coordinate/waiting.ts';
import { bytesText, counted, timeText } from './amounts.ts';

/** Why a subscription is not moving, in words that stand after its name; `read` is what it reads. */
export function waitingText(waiting: Waiting, read: 'segment' | 'object'): string {
  const forTime = `for ${timeText(waiting.forMs)}`;
  switch (waiting.reason) {
    case 'stopped':
      return 'stopped';
    case 'crashed':
      return `${waiting.error}; begins again in ${timeText(waiting.restartInMs)}`;
    case 'paused':
      return `${counted(waiting.failures, 'failure')} ${forTime}, next try in ${timeText(waiting.retryInMs)}: ${waiting.error}${held(waiting)}`;
    case 'delivering':
      if (waiting.updates === 0) return 'the sink takes one batch after the other';
      return `the sink has been at ${counted(waiting.updates, 'update')} ${forTime}${failed(waiting)}`;
    case 'acknowledgement':
      return `${counted(waiting.updates, 'update')} handed over and not acknowledged ${forTime}`;
    case 'recovering':
      return `what retention took from ${counted(waiting.lanes, 'lane')} is looked for in a snapshot ${forTime}`;
    case 'first-poll':
      return 'the bucket has not been looked at yet';
    case 'caught-up':
      return 'caught up';
    case 'admission':
      return `${counted(waiting.requestsWaiting, 'request')} wait for the limits ${forTime}`;
    case 'memory':
      return `its memory is full ${forTime} (${bytesText(waiting.bytesHeld)} of ${bytesText(waiting.shareBytes)})`;
    case 'fetching':
      return `${counted(waiting.fetches, read)} on the way`;
    case 'store':
      return `the store does not answer for ${waiting.key} ${forTime}, next try in ${timeText(waiting.retryInMs)}`;
    case 'corrupt-retry':
      return `bad bytes in ${waiting.key}, fetched again in ${timeText(waiting.retryInMs)}`;
    case 'missing-segment':
      return `${waiting.key} is missing ${forTime}, given up in ${timeText(waiting.patienceEndsInMs)}`;
    case 'blocked':
      return `${waiting.key} ${blocks[waiting.cause]}`;
  }
}

const blocks: Readonly<Record<BlockReason, string>> = {
  'unknown-key': 'is sealed with a key that this node does not have',
  'newer-format': 'was written by a newer version of Bucketcast',
};

type Failing = Extract<Waiting, { readonly reason: 'paused' | 'delivering' }>;

function failed(waiting: Failing): string {
  const { failures, error } = waiting;
  return failures === 0 ? '' : `, after ${counted(failures, 'failure')}: ${error}${held(waiting)}`;
}

function held({ lanes }: Failing): string {
  return lanes === undefined ? '' : ` (of ${lanes.join(', ')}; other lanes go on)`;
}
