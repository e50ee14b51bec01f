import type { TipsListing } from '../coordinate/discovery.ts';

/** When tips of each host last rose, as the polls of this process show it. */
export class TipMoves {
  readonly #leave: () => void;
  #revs = new Map<string, number>();
  #movedAt = new Map<string, number>();
  #polledAt: number | undefined;

  constructor(tips: { onTips(listener: (listing: TipsListing) => void): () => void }) {
    this.#leave = tips.onTips((listing) => this.#look(listing));
  }

  /** Monotonic ms when a poll began that found one risen; `undefined` when none did. */
  at(host: string): number | undefined {
    return this.#movedAt.get(host);
  }

  /** When the last complete poll began. */
  get polledAt(): number | undefined {
    return this.#polledAt;
  }

  stop(): void {
    this.#leave();
  }

  /** Only writers of the last listing are kept, so what is remembered stays as small as that. */
  #look({ tips, startedAt }: TipsListing): void {
    const isFirst = this.#polledAt === undefined;
    const revs = new Map<string, number>();
    const movedAt = new Map<string, number>();
    for (const { tip } of tips) {
      const host = tip.writer.slice(0, tip.writer.lastIndexOf('~'));
      revs.set(tip.writer, Math.max(tip.rev, revs.get(tip.writer) ?? 0));
      const before = this.#movedAt.get(host);
      if (before !== undefined && !movedAt.has(host)) movedAt.set(host, before);
      if (!isFirst && tip.rev > (this.#revs.get(tip.writer) ?? 0)) movedAt.set(host, startedAt);
    }
    this.#revs = revs;
    this.#movedAt = movedAt;
    this.#polledAt = startedAt;
  }
}
