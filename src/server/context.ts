/** What the routes of every dialect get to work with. */

import type { Context, Hono } from 'hono';
import { CLAIM_HEADER, MAX_SIZE_HEADER } from '../core/wire.ts';
import type { Accounts } from './accounts.ts';
import { CLAIM_SECONDS } from './claims.ts';
import { cleanIdentifier } from './identifiers.ts';
import type { Rates } from './rates.ts';
import type { Secrets } from './secrets.ts';

/** The router, by its shape: the app decides which of hono's it is. */
export type Router = Pick<Hono, 'get' | 'post' | 'patch' | 'all' | 'on'>;

export interface RouteContext {
  secrets: Secrets;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Longest request body, in bytes. */
  bodyLimitBytes: number;
  /** Where this server is reached, without trailing slash, for URLs in answers. */
  baseUrlOf: (c: Context) => string;
  /** The address that wrong passphrases are counted against. */
  addressOf: (c: Context) => string;
  accounts: Accounts;
  rates: Rates;
}

/** What the status answer tells beyond the API of real servers. */
export function announcements(secrets: Secrets): Record<string, string> {
  return {
    [MAX_SIZE_HEADER]: String(secrets.rules.maxTextBytes),
    [CLAIM_HEADER]: String(CLAIM_SECONDS),
  };
}

/** The identifier in the path. What the body says of it never counts. */
export function pathIdentifier(c: Context): string {
  return cleanIdentifier(c.req.param('id') ?? '');
}

/** Whole seconds left until `atMs`, rounded up: 0 only when it is over. */
export function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}
