import type { NodeEmitter } from '../base/events.ts';
import { laneKey } from '../log/keys.ts';
import type { Batch } from './batch.ts';
import type { LaneEntry } from './lane-entries.ts';
import type { SinkPace } from './sink-pace.ts';
import { type RunnerMessage, type RunnerParts, SinkRunner } from './sink-runner.ts';
import { joinedPace, joinedStatus } from './sink-status.ts';
import type { SinkStatus } from './why-waiting.ts';

/** A runner's message, and whose it is. */
export interface RunnersMessage {
  readonly type: 'sink';
  readonly runner: number;
  readonly message: RunnerMessage;
}

export interface RunnersParts extends Omit<RunnerParts, 'send'> {
  /** Most batches that are with the sink at once. */
  readonly concurrency: number;
  /** To the mailbox of the subscription, which gives it back to `handle`. */
  readonly send: (message: RunnersMessage) => void;
}

interface Place {
  readonly runner: SinkRunner;
  /** Lanes of its batch, by `laneKey`: nobody else gets anything of them before it is idle. */
  lanes: ReadonlySet<string>;
}

/**
 * The runners of one sink, each with a batch of its own. A lane is with one of them at a time, so its order holds; which
 * one that is may differ from batch to batch, so that none idles while another has all the work.
 */
export class SinkRunners {
  readonly #places: readonly Place[];

  constructor({ concurrency, send, ...parts }: RunnersParts) {
    this.#places = Array.from({ length: concurrency }, (_, index) => ({
      runner: new SinkRunner({
        ...parts,
        events: this.#quieter(parts.events),
        send: (message) => send({ type: 'sink', runner: index, message }),
      }),
      lanes: new Set<string>(),
    }));
  }

  /** Has idle runners begin what `next` gives, until it gives nothing; whether there was something for each of them. */
  begin(next: (isFree: (lane: string) => boolean) => Batch | undefined): boolean {
    for (const place of this.#places) {
      if (!place.runner.idle) continue;
      place.lanes = new Set();
      const batch = next((lane) => this.#isFree(lane));
      if (batch === undefined) return false;
      if (batch.replay === undefined && batch.slice === undefined)
        place.lanes = lanesOf(batch.delivery.entries);
      place.runner.begin(batch);
    }
    return true;
  }

  handle({ runner, message }: RunnersMessage): void {
    this.#places[runner]?.runner.handle(message);
  }

  get hasIdle(): boolean {
    return this.#places.some(({ runner }) => runner.idle);
  }

  /** Every one is ready for the next batch. */
  get idle(): boolean {
    return this.#places.every(({ runner }) => runner.idle);
  }

  /** Of none a stop need wait. */
  get quiet(): boolean {
    return this.#places.every(({ runner }) => runner.quiet);
  }

  get pace(): SinkPace {
    return joinedPace(this.#runners.map(({ pace }) => pace));
  }

  get status(): SinkStatus {
    return joinedStatus(this.#places.map(({ runner, lanes }) => ({ status: runner.status, lanes })));
  }

  /** What the batches of lanes still hold that is not acknowledged. */
  get unacknowledged(): readonly LaneEntry[] {
    return this.#runners.flatMap(({ unacknowledged }) => unacknowledged);
  }

  get bytes(): number {
    return this.#runners.reduce((bytes, runner) => bytes + runner.bytes, 0);
  }

  /** Takes the batches away from the sink; what it has not acknowledged will come again. */
  reset(): void {
    for (const runner of this.#runners) runner.reset();
  }

  close(): void {
    for (const runner of this.#runners) runner.close();
  }

  get #runners(): readonly SinkRunner[] {
    return this.#places.map(({ runner }) => runner);
  }

  #isFree(lane: string): boolean {
    return !this.#places.some(({ runner, lanes }) => lanes.has(lane) && !runner.idle);
  }

  /** The subscription goes on again when none of its runners fails any more. */
  #quieter(events: Pick<NodeEmitter, 'emit'>): Pick<NodeEmitter, 'emit'> {
    return {
      emit: (name, payload) => {
        if (name === 'resumed' && this.#runners.some(({ failures }) => failures > 0)) return;
        events.emit(name, payload);
      },
    };
  }
}

function lanesOf(entries: readonly LaneEntry[]): ReadonlySet<string> {
  const lanes = new Set<string>();
  let last: LaneEntry['after'] | undefined;
  for (const { after } of entries) {
    if (last?.writer !== after.writer || last.lane !== after.lane) lanes.add(laneKey(after));
    last = after;
  }
  return lanes;
}
