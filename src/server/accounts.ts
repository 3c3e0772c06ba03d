/**
 * The one account a server may have: who presents its name and token owns what it makes. Without one everybody is
 * anonymous, and any credentials are wrong.
 *
 * Of the token only a slow, salted hash is stored. A token that was verified is recognised again by a fast hash under a
 * key that never leaves this process, so that not every request pays for the slow one.
 */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { networkOf } from './lockout.ts';
import type { PassphraseHasher } from './passphrase.ts';
import { accountRef, digest } from './sealed.ts';
import { MemoryCounters } from './stores/counters.ts';
import type { Limit, Store } from './stores/types.ts';

/** A caller that proved who it is. */
export interface Account {
  user: string;
  /** Stable, in the shape of a UUID; tells nothing of the name to those who do not know it. */
  id: string;
  /** As presented: the key to the account's list comes from it. */
  token: string;
}

export interface Accounts {
  /** @returns the account; `none` without a header, `wrong` when it does not fit, `scheme` when it is no Basic one. */
  identify(header: string | undefined, address: string): Promise<Account | 'none' | 'wrong' | 'scheme'>;
}

/** Wrong credentials from one network in ten minutes, beyond which none are looked at for as long. */
const MAX_WRONG = 50;
const WRONG_MS = 600_000;
const MAX_HEADER_CHARACTERS = 2048;
const TOKEN_BYTES = 24;

/** A server without accounts. */
export const NO_ACCOUNTS: Accounts = {
  identify: (header) => Promise.resolve(header === undefined ? 'none' : isBasic(header) ? 'wrong' : 'scheme'),
};

/**
 * Settles the token of an account: a given one replaces what was stored, else the stored one stays, else one is made.
 * @returns the token if it was made now, to be shown once
 */
export async function settleToken(
  parts: { store: Store; hasher: PassphraseHasher },
  user: string,
  given: string | undefined,
): Promise<string | undefined> {
  const ref = accountRef(user);
  const stored = await parts.store.accountHash(ref);
  if (given === undefined && stored !== undefined) return undefined;
  if (given !== undefined && stored !== undefined && (await parts.hasher.verify(given, stored)))
    return undefined;
  const token = given ?? randomBytes(TOKEN_BYTES).toString('base64url');
  await parts.store.setAccountHash(ref, await parts.hasher.hash(token));
  return given === undefined ? token : undefined;
}

/** The accounts of a server that has one; its token was settled before. */
export function createAccounts(
  parts: { store: Store; hasher: PassphraseHasher; now: () => number },
  user: string,
): Accounts {
  const cacheKey = randomBytes(32);
  const fast = (token: string): Buffer => createHmac('sha256', cacheKey).update(token).digest();
  const misses = new MemoryCounters(parts.now);
  const id = uuidOf(user);
  let verified: Buffer | undefined;
  const proves = async (token: string, limits: Limit[]): Promise<boolean> => {
    const mark = fast(token);
    if (verified !== undefined && timingSafeEqual(mark, verified)) return true;
    if ((await misses.charge(limits, 1)) !== undefined) return false;
    const hash = await parts.store.accountHash(accountRef(user));
    if (hash === undefined || !(await parts.hasher.verify(token, hash))) return false;
    verified = mark;
    await misses.forgive(limits);
    return true;
  };
  return {
    async identify(header, address) {
      if (header === undefined) return 'none';
      if (!isBasic(header)) return 'scheme';
      const presented = parseBasic(header);
      if (presented === undefined) return 'wrong';
      const ref = { tag: 'accounts', key: networkOf(address) };
      const limits = [{ ref, max: MAX_WRONG, windowMs: WRONG_MS, lockMs: WRONG_MS }];
      // Both are checked whatever comes of the first: a wrong name takes as long as a wrong token.
      const named = timingSafeEqual(fast(presented.user), fast(user));
      const proven = await proves(presented.token, limits);
      return named && proven ? { user, id, token: presented.token } : 'wrong';
    },
  };
}

function isBasic(header: string): boolean {
  return /^basic /i.test(header);
}

function parseBasic(header: string): { user: string; token: string } | undefined {
  if (header.length > MAX_HEADER_CHARACTERS) return undefined;
  const text = Buffer.from(header.slice('basic '.length), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { user: text.slice(0, colon), token: text.slice(colon + 1) };
}

function uuidOf(user: string): string {
  const hex = Buffer.from(digest('account id', user), 'base64url').toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
