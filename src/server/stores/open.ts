/** A store by the name that `--store` gives it. What a store needs loads only when it is asked for. */

import { OtsError } from '../../core/errors.ts';
import { MemoryStore, type MemoryStoreOptions } from './memory.ts';
import type { Store } from './types.ts';

export interface StoreOptions extends MemoryStoreOptions {
  /** Certificates to trust beside the usual ones, in PEM: for `rediss://`. */
  ca?: string[] | undefined;
}

/**
 * @param name `memory`, `sqlite:FILE`, `redis://…`, `rediss://…` or `redis-cluster://HOST:PORT,…`
 * @throws OtsError `usage` for any other, or a file that cannot be used; `network` when Redis cannot be reached,
 * `unauthorized` when it refuses the password
 */
export async function openStore(name: string, now: () => number, options: StoreOptions): Promise<Store> {
  if (name === 'memory') return new MemoryStore(now, options);
  if (/^sqlite:./.test(name)) {
    return (await import('./sqlite.ts')).openSqliteStore(name.slice('sqlite:'.length), now);
  }
  if (/^(?:rediss?|redis-cluster):\/\/./.test(name))
    return (await import('./redis.ts')).openRedisStore(name, now, options.ca);
  throw new OtsError('usage', 'there is no such store', {
    hint: '--store takes memory, sqlite:FILE, redis://…, rediss://… or redis-cluster://HOST:PORT,…',
  });
}

/** What may be shown of a store's name: an address of Redis may hold a password. */
export function storeLabel(name: string): string {
  return name.replace(/\/\/[^@/]*@/g, '//').replace(/[?#].*$/, '');
}
