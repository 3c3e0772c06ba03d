/**
 * Claims: a reveal that may be asked for again. Whoever reveals may send 32 random bytes of its own; the server keeps
 * their hash and, for a minute, the value, for exactly that claim. So a connection that broke loses nothing, and nobody
 * else gets anything: everyone without the claim is told what they would be told anyway.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Claim } from './stores/types.ts';

/** From the first reveal on, by the store's clock, never extended. */
export const CLAIM_SECONDS = 60;
const MAX_REPLAYS = 5;
/** 32 bytes in base64url: the last character carries four bits. */
const CLAIM_PATTERN = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/**
 * Reads the `claim` of a request.
 * @returns undefined when there is none, `malformed` when it is no 32 bytes in base64url
 */
export function readClaim(value: unknown): Claim | undefined | 'malformed' {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || !CLAIM_PATTERN.test(value)) return 'malformed';
  const hash = createHash('sha256').update(Buffer.from(value, 'base64url')).digest('base64url');
  return { hash, windowMs: CLAIM_SECONDS * 1000, maxReplays: MAX_REPLAYS };
}

/** Whether a claim is the one that took a secret, in constant time. */
export function isSameClaim(hash: string, claim: Claim | undefined): boolean {
  if (claim === undefined || claim.hash.length !== hash.length) return false;
  return timingSafeEqual(Buffer.from(hash), Buffer.from(claim.hash));
}
