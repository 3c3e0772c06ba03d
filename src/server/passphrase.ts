/**
 * What is kept of the passphrase that a secret demands: a slow, salted hash, computed off the event loop and compared
 * in constant time. Passphrases are used exactly as they came: not trimmed, not normalised, not cut.
 */

import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { createQueue } from './queue.ts';

/** scrypt's N. Source: RFC 7914, section 2. Tests lower it. */
export const DEFAULT_PASSPHRASE_COST = 2 ** 14;

const BLOCK_SIZE = 8;
const PARALLELIZATION = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

export interface PassphraseHasher {
  /** @returns `scrypt:N:r:p:salt:hash`, the last two in base64url: all that is needed to verify, whatever the cost is by then. */
  hash(passphrase: string): Promise<string>;
  /** Whether `passphrase` is the one that `stored` was made from. False, too, for a `stored` that is no such text. */
  verify(passphrase: string, stored: string): Promise<boolean>;
}

/** As many at once as leave Node's four threads one for everything else. */
const AT_ONCE = 3;
/** How many may wait; each is a second or less of work ahead. */
const MAX_WAITING = 128;

function derive(passphrase: string, salt: Uint8Array, options: ScryptOptions): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(Buffer.from(passphrase, 'utf8'), salt, HASH_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function scryptOptions(N: number, r: number, p: number): ScryptOptions {
  // What scrypt needs by RFC 7914, section 6, and a little: Node's own bound suits one cost only.
  return { N, r, p, maxmem: 128 * r * (N + p + 2) + 1024 };
}

/**
 * Its methods throw Unavailable when too many are waiting.
 * @param cost scrypt's N, a power of two.
 */
export function createPassphraseHasher(cost: number = DEFAULT_PASSPHRASE_COST): PassphraseHasher {
  const queue = createQueue(AT_ONCE, MAX_WAITING);
  return {
    async hash(passphrase) {
      const salt = randomBytes(SALT_BYTES);
      const options = scryptOptions(cost, BLOCK_SIZE, PARALLELIZATION);
      const hash = await queue.take(() => derive(passphrase, salt, options));
      const parts = [salt, hash].map((bytes) => Buffer.from(bytes).toString('base64url'));
      return ['scrypt', cost, BLOCK_SIZE, PARALLELIZATION, ...parts].join(':');
    },
    async verify(passphrase, stored) {
      const [name, N, r, p, salt, hash] = stored.split(':');
      if (name !== 'scrypt' || salt === undefined || hash === undefined) return false;
      const expected = Buffer.from(hash, 'base64url');
      if (expected.length !== HASH_BYTES) return false;
      const options = scryptOptions(Number(N), Number(r), Number(p));
      const saltBytes = Buffer.from(salt, 'base64url');
      return timingSafeEqual(await queue.take(() => derive(passphrase, saltBytes, options)), expected);
    },
  };
}
