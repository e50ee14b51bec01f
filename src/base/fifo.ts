/** What waits in line. Unlike `Array#shift`, which moves all the others, taking the first costs the same however many wait. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #at = 0;

  get size(): number {
    return this.#items.length - this.#at;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  peek(): Item | undefined {
    return this.#items[this.#at];
  }

  shift(): Item | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#at];
    this.#items[this.#at] = undefined;
    this.#at += 1;
    // Moving the rest once for as many as have gone is a constant share for each.
    if (this.#at >= 1024 && this.#at * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#at);
      this.#at = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#at = 0;
  }
}
