import type { Clock } from '../base/clock.ts';

/** How long a group that was asked to end may take between two looks at it. */
const lookMs = 10;
const looksAfterKill = 5;

/** Groups that may have processes in them. */
const living = new Set<ProcessGroup>();

/** Also a node that leaves in a hurry (a second Ctrl-C) leaves nobody behind. */
function killLiving(): void {
  for (const group of living) group.signal('SIGKILL');
}

/**
 * A program and all that it has started, as far as that has not left for a group or session of its own. The program leads the
 * group, so that the group's id is its own.
 */
export class ProcessGroup {
  readonly #id: number;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #graceMs: number;
  #ending: Promise<void> | undefined;

  constructor(id: number, clock: Pick<Clock, 'sleep'>, graceMs: number) {
    this.#id = id;
    this.#clock = clock;
    this.#graceMs = graceMs;
    if (living.size === 0) process.on('exit', killLiving);
    living.add(this);
  }

  /** Asks all of them to end, kills those that are still there after the grace, and resolves when nobody is. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** Whether anybody was there to get it. */
  signal(signal: NodeJS.Signals | 0): boolean {
    try {
      process.kill(-this.#id, signal);
      return true;
    } catch (error) {
      // EPERM: it is there, as another user.
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  }

  async #end(): Promise<void> {
    let there = this.signal('SIGTERM');
    for (let waited = 0; there && waited < this.#graceMs; waited += lookMs) {
      await this.#clock.sleep(lookMs);
      there = this.signal(0);
    }
    if (there) this.signal('SIGKILL');
    // Where nobody takes care of orphans (a container without an init) they stay as zombies, so this has an end.
    for (let looks = 0; looks < looksAfterKill && this.signal(0); looks += 1) await this.#clock.sleep(lookMs);
    living.delete(this);
    if (living.size === 0) process.off('exit', killLiving);
  }
}
