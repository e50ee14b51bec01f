import { Mailbox } from '../base/mailbox.ts';
import type { Settings } from '../config/settings.ts';
import { Supervisor, type SupervisorParts } from './supervisor.ts';
import type { Crash } from './why-waiting.ts';

export interface ActorLifeParts extends SupervisorParts {
  readonly stop: Settings['stop'];
}

/** What the life asks of its actor. */
export interface Living<Message> {
  /** Reads what it works on, before the first message and again after each crash. Not while it stops. */
  load(): void;
  handle(message: Message): void;
  /** After every message: goes on with whatever there is. Not while it stops. */
  work(): void;
  /** Begins nothing new: it is about to stop. */
  rest(): void;
  /** Everything in memory is to be forgotten: it has thrown. */
  drop(): void;
  /** Whether its sink is through with what it has. */
  isQuiet(): boolean;
  /** The last that is asked of it. */
  close(): void;
}

/**
 * The life of a subscription's actor: messages one at a time, each followed by work; a throw drops what is in memory, and
 * after a while it begins again; a stop waits for the sink, then takes the rest away from it.
 */
export class ActorLife<Message> {
  readonly #parts: ActorLifeParts;
  readonly #actor: Living<Message>;
  readonly #mailbox: Mailbox<Message | undefined>;
  readonly #supervisor: Supervisor;
  readonly #ended = Promise.withResolvers<void>();
  #down = true;
  #crash: Crash | undefined;
  #workQueued = false;
  #stopping: Promise<void> | undefined;
  #stopped = false;
  #onQuiet: (() => void) | undefined;

  constructor(name: string, actor: Living<Message>, parts: ActorLifeParts) {
    this.#parts = parts;
    this.#actor = actor;
    this.#supervisor = new Supervisor(name, parts);
    this.#mailbox = new Mailbox(
      (message) => this.#handle(message),
      (error) => this.#crashed(error),
    );
  }

  send(message: Message): void {
    this.#mailbox.send(message);
  }

  /** Work without a message, soon and once. */
  queueWork(): void {
    if (this.#workQueued) return;
    this.#workQueued = true;
    queueMicrotask(() => {
      this.#workQueued = false;
      this.#mailbox.send(undefined);
    });
  }

  /** Not loaded yet, or waiting to begin again. */
  get isDown(): boolean {
    return this.#down;
  }

  /** Why it waits to begin again, if it does. */
  get crash(): Crash | undefined {
    return this.#crash;
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Resolves when it has stopped, whoever asked for that. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Takes nothing new, waits for the sink, then takes the rest away from it. Idempotent. */
  stop({ timeoutMs }: { readonly timeoutMs: number } = this.#parts.stop): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.#actor.rest();
    await this.#drain(timeoutMs);
    this.#stopped = true;
    this.#actor.close();
    this.#mailbox.close();
    this.#supervisor.close();
    this.#ended.resolve();
  }

  /** Until the sink is through with what it has, at most `timeoutMs`. */
  #drain(timeoutMs: number): Promise<void> {
    if (this.#actor.isQuiet() || timeoutMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(timeoutMs, resolve);
      this.#onQuiet = () => {
        cancel();
        resolve();
      };
    });
  }

  #handle(message: Message | undefined): void {
    if (this.#down && !this.isStopping) this.#actor.load();
    this.#down = false;
    if (message !== undefined) this.#actor.handle(message);
    if (!this.isStopping) this.#actor.work();
    else if (this.#actor.isQuiet()) this.#onQuiet?.();
  }

  #crashed(error: unknown): void {
    this.#down = true;
    this.#actor.drop();
    const restartInMs = this.#supervisor.crashed(error, () => {
      this.#crash = undefined;
      this.#mailbox.resume();
      this.queueWork();
    });
    const at = this.#parts.clock.monotonic();
    this.#crash = { at, error, restartAt: at + restartInMs };
  }
}
