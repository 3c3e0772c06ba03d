/**
 * Wrong passphrases: five for a secret from one network, or twenty for a secret from anywhere, lock it for 30 minutes,
 * for the right passphrase too. A lock spends nothing, and the secret's lifetime runs on.
 *
 * A try is charged before it is checked and forgiven when it was right, in one act of the store: so tries made at once,
 * even through several processes, count like tries made in a row.
 */

import { digest, recordOf } from './sealed.ts';
import type { Counters, Limit } from './stores/types.ts';

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
  /** The lock that stands in the way of an attempt, if any; counts nothing. */
  check(attempt: Attempt): Promise<Lock | undefined>;
  /** Counts an attempt, unless a lock stands in its way. */
  charge(attempt: Attempt): Promise<Lock | undefined>;
  /** Forgets what was counted against an attempt: the passphrase was right. */
  forgive(attempt: Attempt): Promise<void>;
}

const PER_NETWORK = 5;
const PER_SECRET = 20;
const WINDOW_MS = 600_000;
const LOCK_MS = 1_800_000;

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

/** @param counters where attempts are counted: in the store, since several processes may share it */
export function createLockout(counters: Counters): Lockout {
  const ask = async (attempt: Attempt, tries: 0 | 1): Promise<Lock | undefined> => {
    const locked = await counters.charge(limitsOf(attempt), tries);
    if (locked === undefined) return undefined;
    const retryAfterSeconds = Math.max(1, Math.ceil(locked.retryAfterMs / 1000));
    return { retryAfterSeconds, maxAttempts: locked.maxAttempts };
  };
  return {
    check: (attempt) => ask(attempt, 0),
    charge: (attempt) => ask(attempt, 1),
    forgive: (attempt) => counters.forgive(limitsOf(attempt)),
  };
}

/** Named by hashes of the identifier, which nobody can guess: what is stored names neither secret nor network. */
function limitsOf({ secretId, address }: Attempt): Limit[] {
  const { tag } = recordOf(secretId, 'secret').ref;
  const limit = (max: number, ...name: string[]): Limit => ({
    ref: { tag, key: digest('tries', secretId, ...name) },
    max,
    windowMs: WINDOW_MS,
    lockMs: LOCK_MS,
  });
  const everywhere = limit(PER_SECRET);
  return address === undefined ? [everywhere] : [limit(PER_NETWORK, networkOf(address)), everywhere];
}
