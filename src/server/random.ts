/**
 * Random bytes of the system's generator, fetched by the page: each call to it costs more than everything else that
 * goes into a nonce or an identifier.
 */
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8192;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/**
 * Takes random bytes that nobody gets again: what was handed out is erased from the pool.
 *
 * @param length 1 to 8,192
 */
export function takeRandom(length: number): Buffer {
  if (used + length > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const taken = Buffer.from(pool.subarray(used, used + length));
  pool.fill(0, used, used + length);
  used += length;
  return taken;
}
