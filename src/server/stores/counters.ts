/** Counters of tries in this process, for stores that one process has to itself. */

import type { Counters, Limit, Locked } from './types.ts';

interface Counter {
  tries: number;
  /** When the first try no longer counts, or the lock ends. Milliseconds since 1970. */
  endsAtMs: number;
}

/** How many counters may pile up before those that ended are swept out. */
const SWEEP_ABOVE = 1000;
/** How many may stand at all; beyond, the oldest go. */
const MOST = 200_000;

export class MemoryCounters implements Counters {
  readonly #now: () => number;
  readonly #counters = new Map<string, Counter>();
  #sweepAbove = SWEEP_ABOVE;

  /** @param now milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counters held. */
  get size(): number {
    return this.#counters.size;
  }

  charge(limits: readonly Limit[], tries: 0 | 1): Promise<Locked | undefined> {
    const now = this.#now();
    for (const { ref, max } of limits) {
      const counter = this.#current(ref.key);
      if (counter !== undefined && counter.tries >= max) {
        return Promise.resolve({ retryAfterMs: counter.endsAtMs - now, maxAttempts: max });
      }
    }
    if (tries === 0) return Promise.resolve(undefined);
    this.#sweep();
    for (const { ref, max, windowMs, lockMs } of limits) {
      const counter = this.#current(ref.key) ?? { tries: 0, endsAtMs: now + windowMs };
      counter.tries += 1;
      if (counter.tries >= max) counter.endsAtMs = now + lockMs;
      this.#counters.set(ref.key, counter);
    }
    return Promise.resolve(undefined);
  }

  forgive(limits: readonly Limit[]): Promise<void> {
    for (const { ref } of limits) this.#counters.delete(ref.key);
    return Promise.resolve();
  }

  #sweep(): void {
    if (this.#counters.size <= this.#sweepAbove) return;
    for (const key of [...this.#counters.keys()]) this.#current(key);
    for (const key of this.#counters.keys()) {
      if (this.#counters.size <= MOST) break;
      this.#counters.delete(key);
    }
    // Twice what is left, so that sweeping stays cheap for each try however many counters stand.
    this.#sweepAbove = Math.min(MOST, Math.max(SWEEP_ABOVE, 2 * this.#counters.size));
  }

  #current(key: string): Counter | undefined {
    const counter = this.#counters.get(key);
    if (counter === undefined || counter.endsAtMs > this.#now()) return counter;
    this.#counters.delete(key);
    return undefined;
  }
}
