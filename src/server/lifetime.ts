/** How long a secret may live here, from what a request asks for. */

import { DEFAULT_TTL_SECONDS, MIN_TTL_SECONDS } from '../core/limits.ts';

/** The longest lifetime granted to callers without an account: 7 days. */
export const MAX_ANONYMOUS_TTL_SECONDS = 604_800;
/** With an account, through v1: 30 days; through v2: 365. */
const MAX_V1_TTL_SECONDS = 2_592_000;
const MAX_V2_TTL_SECONDS = 31_536_000;

export interface Lifetimes {
  /** The longest for callers without an account; 7 days unless said. */
  anonymousSeconds: number;
  /** A bound on all lifetimes. */
  maxSeconds: number;
}

export const DEFAULT_LIFETIMES: Lifetimes = {
  anonymousSeconds: MAX_ANONYMOUS_TTL_SECONDS,
  maxSeconds: MAX_V2_TTL_SECONDS,
};

/** The longest lifetime that a caller is granted. */
export function longestSeconds(lifetimes: Lifetimes, caller: { account: boolean; v1: boolean }): number {
  const owned = caller.v1 ? MAX_V1_TTL_SECONDS : MAX_V2_TTL_SECONDS;
  return Math.min(lifetimes.maxSeconds, caller.account ? owned : lifetimes.anonymousSeconds);
}

/**
 * Reads a requested lifetime as Onetime Secret does: a text counts up to its first non-digit, a missing one is the
 * default, everything else is silently moved into the bounds.
 * @param requested `ttl` of the request, whatever its type.
 * @param longest the most that is granted, in seconds; at least 60.
 * @returns whole seconds, 60 to `longest`; undefined when `requested` is neither a number nor a text.
 */
export function grantTtlSeconds(requested: unknown, longest = MAX_ANONYMOUS_TTL_SECONDS): number | undefined {
  if (requested === undefined || requested === null) return Math.min(DEFAULT_TTL_SECONDS, longest);
  const asked = typeof requested === 'string' ? leadingInteger(requested) : requested;
  if (typeof asked !== 'number') return undefined;
  return Math.trunc(Math.min(Math.max(asked, MIN_TTL_SECONDS), longest));
}

/** `"12abc"` is 12, `"abc"` and `""` are 0. */
export function leadingInteger(text: string): number {
  return Number(/^\s*([+-]?\d{1,15})/.exec(text)?.[1] ?? 0);
}
