/**
 * Wrong passphrases: five for a secret from one network, or twenty for a secret from anywhere, lock it for 30 minutes,
 * for the right passphrase too. A lock spends nothing, and the secret's lifetime runs on.
 */

export interface Attempt {
  secretId: string;
  /** Caller's address; undefined applies the limit over all networks only, as v1 does. */
  address: string | undefined;
}

export interface Lock {
  /** Whole seconds, at least 1. */
  retryAfterSeconds: number;
  /** The limit that was reached. */
  maxAttempts: number;
}

export interface Lockout {
  /** The lock that stands in the way of an attempt, if any. */
  check(attempt: Attempt): Promise<Lock | undefined>;
  /** Counts a wrong passphrase. */
  miss(attempt: Attempt): Promise<void>;
  /** Forgets what was counted against an attempt: the passphrase was right. */
  clear(attempt: Attempt): Promise<void>;
}

interface Counter {
  misses: number;
  /** When the first miss no longer counts, or the lock ends. Milliseconds since 1970. */
  endsAtMs: number;
  locked: boolean;
}

const PER_NETWORK = 5;
const PER_SECRET = 20;
const WINDOW_MS = 600_000;
const LOCK_MS = 1_800_000;
/** How many counters may pile up before those that ended are swept out. */
const SWEEP_ABOVE = 1000;

/**
 * The network an address belongs to: its /24 for IPv4, its /64 for IPv6, so that a caller with many addresses counts
 * as one.
 */
export function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/i.exec(address);
  if (v4?.[1] !== undefined) return v4[1];
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  return [...groups, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
}

/** Keeps the counts in this process. A locked secret counts no further, and what ended is swept out. */
export class MemoryLockout implements Lockout {
  readonly #now: () => number;
  readonly #counters = new Map<string, Counter>();
  #sweepAbove = SWEEP_ABOVE;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counters held. */
  get size(): number {
    return this.#counters.size;
  }

  check(attempt: Attempt): Promise<Lock | undefined> {
    for (const [key, maxAttempts] of limitsOf(attempt)) {
      const counter = this.#current(key);
      if (counter?.locked) {
        const retryAfterSeconds = Math.max(1, Math.ceil((counter.endsAtMs - this.#now()) / 1000));
        return Promise.resolve({ retryAfterSeconds, maxAttempts });
      }
    }
    return Promise.resolve(undefined);
  }

  miss(attempt: Attempt): Promise<void> {
    this.#sweep();
    const now = this.#now();
    for (const [key, maxAttempts] of limitsOf(attempt)) {
      const counter = this.#current(key) ?? { misses: 0, endsAtMs: now + WINDOW_MS, locked: false };
      counter.misses += 1;
      if (counter.misses >= maxAttempts) {
        counter.locked = true;
        counter.endsAtMs = now + LOCK_MS;
      }
      this.#counters.set(key, counter);
    }
    return Promise.resolve();
  }

  clear(attempt: Attempt): Promise<void> {
    for (const [key] of limitsOf(attempt)) this.#counters.delete(key);
    return Promise.resolve();
  }

  #sweep(): void {
    if (this.#counters.size <= this.#sweepAbove) return;
    for (const key of [...this.#counters.keys()]) this.#current(key);
    // Twice what is left, so that sweeping stays cheap for each miss however many counters stand.
    this.#sweepAbove = Math.max(SWEEP_ABOVE, 2 * this.#counters.size);
  }

  #current(key: string): Counter | undefined {
    const counter = this.#counters.get(key);
    if (counter === undefined || counter.endsAtMs > this.#now()) return counter;
    this.#counters.delete(key);
    return undefined;
  }
}

function limitsOf(attempt: Attempt): [key: string, maxAttempts: number][] {
  const everywhere: [string, number] = [attempt.secretId, PER_SECRET];
  if (attempt.address === undefined) return [everywhere];
  return [[`${attempt.secretId} ${networkOf(attempt.address)}`, PER_NETWORK], everywhere];
}
