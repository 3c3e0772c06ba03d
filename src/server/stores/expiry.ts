/** What falls due when, in buckets of a second: adding is cheap, and finding what is due never looks at the rest. */

export class ExpiryQueue<Item> {
  readonly #buckets = new Map<number, Item[]>();
  #doneSecond: number;

  /** @param nowMs the clock at the start; nothing is due before it. */
  constructor(nowMs: number) {
    this.#doneSecond = Math.floor(nowMs / 1000) - 1;
  }

  get isEmpty(): boolean {
    return this.#buckets.size === 0;
  }

  add(item: Item, atMs: number): void {
    // Up to the end of the second it expires in, so that what is handed out has really expired.
    const second = Math.max(Math.ceil(atMs / 1000), this.#doneSecond + 1);
    const bucket = this.#buckets.get(second);
    if (bucket === undefined) this.#buckets.set(second, [item]);
    else bucket.push(item);
  }

  /** Removes and returns everything due by `nowMs`. */
  takeDue(nowMs: number): Item[] {
    const due: Item[] = [];
    const until = Math.floor(nowMs / 1000);
    // After a long sleep there are fewer buckets than seconds: walk whichever is shorter.
    if (until - this.#doneSecond > this.#buckets.size) {
      for (const second of [...this.#buckets.keys()]) if (second <= until) this.#take(second, due);
    } else {
      for (let second = this.#doneSecond + 1; second <= until; second += 1) this.#take(second, due);
    }
    this.#doneSecond = Math.max(this.#doneSecond, until);
    return due;
  }

  #take(second: number, due: Item[]): void {
    for (const item of this.#buckets.get(second) ?? []) due.push(item);
    this.#buckets.delete(second);
  }
}
