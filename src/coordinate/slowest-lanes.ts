import type { SlowLane } from './subscription-snapshot.ts';

const most = 5;

/** The lanes that are furthest behind in time, then in segments. */
export class SlowestLanes {
  #lanes: SlowLane[] = [];

  /** `lane` is made only when it is among them. */
  offer(lag: Lag, lane: () => SlowLane): void {
    const last = this.#lanes[most - 1];
    if (last !== undefined && byLag(last, lag) <= 0) return;
    this.#lanes = [...this.#lanes, lane()].sort(byLag).slice(0, most);
  }

  /** The worst first. */
  get lanes(): readonly SlowLane[] {
    return this.#lanes;
  }

  /** How far the worst is behind. */
  get seconds(): number {
    return this.#lanes[0]?.seconds ?? 0;
  }
}

type Lag = Pick<SlowLane, 'seconds' | 'next' | 'position'>;

function byLag(a: Lag, b: Lag): number {
  return b.seconds - a.seconds || b.next - b.position - (a.next - a.position);
}
