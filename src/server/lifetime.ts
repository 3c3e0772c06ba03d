/** How long a secret may live here, from what a request asks for. */

import { DEFAULT_TTL_SECONDS, MIN_TTL_SECONDS } from '../core/limits.ts';

/** The longest lifetime granted to callers without an account: 7 days. */
export const MAX_ANONYMOUS_TTL_SECONDS = 604_800;

/**
 * Reads a requested lifetime as Onetime Secret does: a text counts up to its first non-digit, a missing one is the
 * default, everything else is silently moved into the bounds.
 * @param requested `ttl` of the request, whatever its type.
 * @returns whole seconds, 60 to 604,800; undefined when `requested` is neither a number nor a text.
 */
export function grantTtlSeconds(requested: unknown): number | undefined {
  if (requested === undefined || requested === null) return DEFAULT_TTL_SECONDS;
  const asked = typeof requested === 'string' ? leadingInteger(requested) : requested;
  if (typeof asked !== 'number') return undefined;
  return Math.trunc(Math.min(Math.max(asked, MIN_TTL_SECONDS), MAX_ANONYMOUS_TTL_SECONDS));
}

/** `"12abc"` is 12, `"abc"` and `""` are 0. */
export function leadingInteger(text: string): number {
  return Number(/^\s*([+-]?\d{1,15})/.exec(text)?.[1] ?? 0);
}
