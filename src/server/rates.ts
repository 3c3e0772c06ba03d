/**
 * How often one network may ask. This machine itself may without limit: a proxy on it is not one caller, and
 * `--trust-proxy` tells the callers behind it apart.
 */

import { networkOf } from './lockout.ts';
import { MemoryCounters } from './stores/counters.ts';
import type { Limit } from './stores/types.ts';

export interface Rates {
  /** Counts any request. @returns seconds to wait when it is too many */
  request(address: string): Promise<number | undefined>;
  /** Counts an anonymous creation through v1, which has a limit of its own. */
  v1Creation(address: string): Promise<number | undefined>;
}

/** Requests a minute unless said otherwise. */
export const DEFAULT_RATE_PER_MINUTE = 600;
const MINUTE_MS = 60_000;
const V1_CREATIONS = 1000;
const V1_WINDOW_MS = 1_200_000;

/** @param perMinute requests a minute for one network; 0 for any number */
export function createRates(now: () => number, perMinute: number): Rates {
  const counters = new MemoryCounters(now);
  const count = async (
    address: string,
    limit: Omit<Limit, 'ref'>,
    what: string,
  ): Promise<number | undefined> => {
    if (isLoopback(address)) return undefined;
    const ref = { tag: what, key: `${what} ${networkOf(address)}` };
    const locked = await counters.charge([{ ref, ...limit }], 1);
    return locked === undefined ? undefined : Math.max(1, Math.ceil(locked.retryAfterMs / 1000));
  };
  const general = { max: perMinute, windowMs: MINUTE_MS, lockMs: MINUTE_MS };
  const creation = { max: V1_CREATIONS, windowMs: V1_WINDOW_MS, lockMs: V1_WINDOW_MS };
  return {
    request: (address) => (perMinute === 0 ? Promise.resolve(undefined) : count(address, general, 'any')),
    v1Creation: (address) => count(address, creation, 'v1'),
  };
}

/** Also an address that is not known at all: there was no socket, so it is this process asking. */
export function isLoopback(address: string): boolean {
  return /^(?:127\.|::1$|::ffff:127\.|unknown$)/i.test(address);
}
