import { PoisonError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import type { DeliveryControl } from '../../src/coordinate/sink-runner.ts';
import type { BucketcastNode } from '../../src/node.ts';
import type { State } from '../../src/state/state.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import { readerName } from '../ledger/recording-state.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { NodeClock } from './node-clock.ts';

export interface SimReader {
  readonly node: BucketcastNode;
  readonly server: string;
  readonly name: string;
  readonly from: string;
  readonly explicit: boolean;
  /** Longest time that a call of the handler takes, or that an acknowledgement is late. */
  readonly restMs: number;
  readonly sinkTrouble: number;
  readonly clock: NodeClock;
  readonly random: SeededRandom;
  readonly state: State;
  readonly session: number;
  readonly write: (entry: LedgerEntry) => void;
  /** Told of every update. */
  readonly saw: (update: Update) => void;
  /** Whether the sink takes nothing. */
  readonly isAway: () => boolean;
  /** Whether updates that were blamed before are taken now. */
  readonly heals: () => boolean;
}

/** Subscribes with a handler that writes down what it gets, and has its troubles. */
export async function read(reader: SimReader): Promise<void> {
  const { node, name, from, explicit, restMs, sinkTrouble, clock, random } = reader;
  const deliver = async (updates: readonly Update[], control: DeliveryControl) => {
    if (reader.isAway()) throw new Error('the sink is away');
    const ack = (upTo?: Update) => {
      for (const update of updates.slice(0, upTo && updates.indexOf(upTo) + 1)) accept(reader, update);
      control.ack(upTo);
    };
    const owed = owedBesides(reader);
    for (const update of updates) {
      take(reader, update, owed);
      if (explicit && random.chance(0.2)) ack(update);
    }
    if (random.chance(0.3)) await clock.sleep(random.below(restMs));
    if (random.chance(sinkTrouble)) throw new Error('the sink is away');
    if (!explicit) for (const update of updates) accept(reader, update);
    else if (random.chance(0.5)) ack();
    else clock.after(random.below(restMs), () => control.signal.aborted || ack());
  };
  const maxBatch = 1 + random.below(8);
  await node.subscribe({ name, from, maxBatch, ack: explicit ? 'explicit' : 'auto' }, deliver);
}

/** What may come besides the log: what is filled from a snapshot, and dead letters that were asked for again. */
interface OwedBesides {
  readonly lost: ReturnType<State['recoveries']>;
  readonly letters: ReturnType<State['deadLetters']>;
}

/** As it stands when a batch comes: asking for each of its updates would take a tenth of all time. */
function owedBesides({ state, name, heals }: SimReader): OwedBesides {
  const replays = { subscription: name, replay: true, withoutBytes: true };
  return { lost: state.recoveries(name), letters: heals() ? state.deadLetters(replays) : [] };
}

function take(reader: SimReader, update: Update, owed: OwedBesides): void {
  const { id, writer, lane, sequence, index } = update;
  const { token } = update.data as { token: string };
  const digest = JSON.stringify(update.content);
  reader.saw(update);
  const named = readerName(reader.server, reader.name);
  if ((update.content as { poison: boolean }).poison && !reader.heals())
    throw new PoisonError('poison', reader.random.chance(0.5) ? { update } : {});
  const place = { writer, lane, sequence, index };
  if (isRecovered(owed, update)) reader.write({ type: 'recovered', reader: named, token, digest, ...place });
  else if (isReplay(owed, update)) reader.write({ type: 'replayed', reader: named, token, digest });
  else {
    const { session } = reader;
    reader.write({ type: 'delivered', reader: named, session, token, id, digest, ...place });
  }
}

function accept({ server, name, write }: SimReader, update: Update): void {
  const { token } = update.data as { token: string };
  write({ type: 'accepted', reader: readerName(server, name), token });
}

/** Whether it stood in what the reader has lost, and a snapshot is read for now. */
function isRecovered({ lost }: OwedBesides, { writer, lane, sequence }: Update): boolean {
  return lost.some(
    (range) =>
      range.writer === writer && range.lane === lane && range.from <= sequence && sequence < range.to,
  );
}

function isReplay({ letters }: OwedBesides, { writer, lane, sequence, index }: Update): boolean {
  return letters.some(
    (letter) =>
      letter.writer === writer &&
      letter.lane === lane &&
      letter.sequence <= sequence &&
      sequence < letter.endSequence &&
      (letter.index ?? index) === index,
  );
}
