/** Part of its slots that may be filled before the table grows, and by how much it then does: 17 bytes a slot. */
const fullest = 0.8;
const growth = 1.25;
const firstSlots = 16;
const pendingBit = 4;
const digestBytes = 16;

/**
 * One open-addressing table of a `SeenSet`: digests as four words each, and a byte for each: 0 for a free slot, else the mark
 * (1 to 3) and whether it is pending. A removed entry's place is filled by those behind it, so that no traces pile up.
 */
export class SeenShard {
  #words = new Uint32Array(4 * firstSlots);
  #marks = new Uint8Array(firstSlots);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#words.byteLength + this.#marks.byteLength;
  }

  /** The slot of a digest, -1 without one. */
  find(digests: Uint8Array, at: number): number {
    const slot = this.#slotOf(word(digests, at), digests, at);
    return this.#marks[slot] === 0 ? -1 : slot;
  }

  add(digest: Uint8Array, mark: number, pending: boolean): boolean {
    const first = word(digest, 0);
    let slot = this.#slotOf(first, digest, 0);
    if (this.#marks[slot] !== 0) return false;
    if (this.#size + 1 > this.#marks.length * fullest) {
      this.#resize(Math.ceil(this.#marks.length * growth));
      slot = this.#slotOf(first, digest, 0);
    }
    for (let part = 0; part < 4; part += 1) this.#words[4 * slot + part] = word(digest, 4 * part);
    this.#marks[slot] = mark | (pending ? pendingBit : 0);
    this.#size += 1;
    return true;
  }

  mark(slot: number, mark: number): void {
    this.#marks[slot] = mark | ((this.#marks[slot] as number) & pendingBit);
  }

  settle(slot: number): void {
    this.#marks[slot] = (this.#marks[slot] as number) & ~pendingBit;
  }

  remove(slot: number): void {
    const marks = this.#marks;
    const slots = marks.length;
    let hole = slot;
    for (let next = after(hole, slots); marks[next] !== 0; next = after(next, slots)) {
      // An entry may fill the hole only if its search, which begins at its home, comes past it.
      const home = this.#home(this.#words[4 * next] as number);
      const passes = hole <= next ? home <= hole || home > next : home <= hole && home > next;
      if (!passes) continue;
      this.#words.copyWithin(4 * hole, 4 * next, 4 * next + 4);
      marks[hole] = marks[next] as number;
      hole = next;
    }
    marks[hole] = 0;
    this.#size -= 1;
    if (slots > firstSlots && this.#size < slots * (fullest / 4))
      this.#resize(Math.max(firstSlots, Math.ceil(slots / 2)));
  }

  /** Each mark `m` becomes `by[m]`. */
  replace(by: readonly number[]): void {
    const marks = this.#marks;
    for (let slot = 0; slot < marks.length; slot += 1) {
      const mark = marks[slot] as number;
      if (mark !== 0) marks[slot] = (by[mark & 3] as number) | (mark & pendingBit);
    }
  }

  /** Digests with mark 3 that are not pending, one behind the other. */
  lacking(): Uint8Array {
    const found: number[] = [];
    for (let slot = 0; slot < this.#marks.length; slot += 1) if (this.#marks[slot] === 3) found.push(slot);
    const digests = Buffer.alloc(found.length * digestBytes);
    for (const [index, slot] of found.entries())
      for (let part = 0; part < 4; part += 1)
        digests.writeUInt32LE(this.#words[4 * slot + part] as number, index * digestBytes + 4 * part);
    return digests;
  }

  /** Where the digest is, else the free slot where it belongs. */
  #slotOf(first: number, digests: Uint8Array, at: number): number {
    const slots = this.#marks.length;
    let slot = this.#home(first);
    while (this.#marks[slot] !== 0 && !this.#holds(slot, first, digests, at)) slot = after(slot, slots);
    return slot;
  }

  #holds(slot: number, first: number, digests: Uint8Array, at: number): boolean {
    const words = this.#words;
    return (
      words[4 * slot] === first &&
      words[4 * slot + 1] === word(digests, at + 4) &&
      words[4 * slot + 2] === word(digests, at + 8) &&
      words[4 * slot + 3] === word(digests, at + 12)
    );
  }

  /** Digests are evenly spread already. */
  #home(first: number): number {
    return Math.floor((first / 2 ** 32) * this.#marks.length);
  }

  #resize(slots: number): void {
    const words = this.#words;
    const marks = this.#marks;
    this.#words = new Uint32Array(4 * slots);
    this.#marks = new Uint8Array(slots);
    for (let from = 0; from < marks.length; from += 1) {
      if (marks[from] === 0) continue;
      let to = this.#home(words[4 * from] as number);
      while (this.#marks[to] !== 0) to = after(to, slots);
      this.#words.set(words.subarray(4 * from, 4 * from + 4), 4 * to);
      this.#marks[to] = marks[from] as number;
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

function after(slot: number, slots: number): number {
  return slot + 1 === slots ? 0 : slot + 1;
}
