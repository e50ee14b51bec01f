import type { NodeEmitter } from '../base/events.ts';
import type { DeadLetter } from '../state/state.ts';

/** Tells of a dead letter that is kept now, and of the gap that it stands for, if it does. */
export function announceLetter(
  { id, reason, message, writer, lane, sequence, endSequence, key }: DeadLetter,
  subscription: string,
  events: Pick<NodeEmitter, 'emit'>,
): void {
  if (reason !== 'poison')
    events.emit('gap', { subscription, writer, lane, reason, from: sequence, to: endSequence, key });
  events.emit('dead-letter', { subscription, reason, id, message });
}
