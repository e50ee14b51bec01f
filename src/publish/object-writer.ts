import type { Clock } from '../base/clock.ts';
import { Fifo } from '../base/fifo.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { hlcTime } from '../log/hybrid-clock.ts';
import { formatObject } from '../log/object-format.ts';
import { objectsOfUrlPrefix } from '../log/object-keys.ts';
import { recordHlc, recordId, recordUrl } from '../log/record.ts';
import { ConditionSupport } from '../store/condition-support.ts';
import type { ObjectStore } from '../store/object-store.ts';

import { putObject } from './put-object.ts';
import { type PublishTrouble, TroubleLog } from './trouble-log.ts';

export interface ObjectWriterSettings {
  /** `objects.prefix`. */
  readonly prefix: string;
  /** Of the log that holds the same updates. */
  readonly fleetId: string;
  readonly server: string;
  readonly retry: Settings['retry'];
}

export interface ObjectWriterComponents {
  /** Of the objects layout, with its decorators. */
  readonly store: Pick<ObjectStore, 'get' | 'head' | 'put' | 'list'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

interface Task {
  readonly record: Uint8Array;
  /** The writer of the copy in the log. */
  readonly writer: string;
  readonly refused: ((error: unknown) => void) | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** So many at once leave requests of this host to everything else. */
const mostAtOnce = 32;
/** URLs whose last second is remembered; of the others the store tells. */
const mostRemembered = 10_000;

/**
 * Writes records as objects: those of one URL one after the other, so that a later one has a later second, the others
 * at once. An object that cannot be written is tried again until `signal` ends everything.
 */
export class ObjectWriter {
  readonly #settings: ObjectWriterSettings;
  readonly #components: ObjectWriterComponents;
  readonly #signal: AbortSignal;
  readonly #conditions = new ConditionSupport();
  readonly #troubles: TroubleLog;
  /** What waits behind the one under way (or in line), by what the keys of the URL begin with. */
  readonly #behind = new Map<string, Fifo<Task>>();
  readonly #line = new Fifo<{ readonly ofUrl: string; readonly task: Task }>();
  readonly #lastSecond = new Map<string, number>();
  #underWay = 0;
  #written = 0;

  constructor(settings: ObjectWriterSettings, components: ObjectWriterComponents, signal: AbortSignal) {
    this.#settings = settings;
    this.#components = components;
    this.#signal = signal;
    this.#troubles = new TroubleLog(components);
  }

  /** Objects written so far. */
  get written(): number {
    return this.#written;
  }

  get trouble(): PublishTrouble | undefined {
    return this.#troubles.current;
  }

  /** Resolves once the object is durable. Throws `store-refused`, unless `refused` hears of that, and `closed`. */
  write(record: Uint8Array, writer: string, refused?: (error: unknown) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const task = { record, writer, refused, resolve, reject };
    const ofUrl = objectsOfUrlPrefix(this.#settings.prefix, this.#settings.server, recordUrl(record));
    const behind = this.#behind.get(ofUrl);
    if (behind) {
      behind.push(task);
      return promise;
    }
    this.#behind.set(ofUrl, new Fifo());
    this.#line.push({ ofUrl, task });
    this.#pump();
    return promise;
  }

  #pump(): void {
    while (this.#underWay < mostAtOnce) {
      const next = this.#line.shift();
      if (next === undefined) return;
      this.#underWay += 1;
      void this.#run(next.ofUrl, next.task);
    }
  }

  async #run(ofUrl: string, task: Task): Promise<void> {
    try {
      await this.#put(ofUrl, task);
      task.resolve();
    } catch (error) {
      task.reject(error);
    }
    const next = this.#behind.get(ofUrl)?.shift();
    if (next) this.#line.push({ ofUrl, task: next });
    else this.#behind.delete(ofUrl);
    this.#underWay -= 1;
    this.#pump();
  }

  async #put(ofUrl: string, { record, writer, refused }: Task): Promise<void> {
    const { server, fleetId, retry } = this.#settings;
    const own = Math.floor(hlcTime(recordHlc(record)) / 1000);
    const second = Math.max(own, (this.#lastSecond.get(ofUrl) ?? 0) + 1);
    const body = formatObject(record, { server, writer, fleetId });
    const written = await putObject(
      { ofUrl, second, id: recordId(record), body, refused },
      {
        ...this.#components,
        conditions: this.#conditions,
        retry,
        signal: this.#signal,
        onTrouble: (error) => this.#troubles.failed('writing objects', error),
      },
    );
    this.#troubles.worked('writing objects');
    this.#written += 1;
    this.#remember(ofUrl, written);
  }

  #remember(ofUrl: string, second: number): void {
    this.#lastSecond.delete(ofUrl);
    this.#lastSecond.set(ofUrl, second);
    const [oldest] = this.#lastSecond.keys();
    if (oldest !== undefined && this.#lastSecond.size > mostRemembered) this.#lastSecond.delete(oldest);
  }
}
