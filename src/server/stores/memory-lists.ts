/** Accounts in this process's memory: their lists, and the hash of their token. */

import type { ListEntry, Ref } from './types.ts';

export class MemoryLists {
  readonly #now: () => number;
  readonly #lists = new Map<string, ListEntry[]>();
  readonly #hashes = new Map<string, string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  add(account: Ref, entry: ListEntry, max: number): Promise<void> {
    const list = this.#lists.get(account.key) ?? [];
    list.push(entry);
    // In slack of a tenth, so that a full list is not copied each time.
    if (list.length > 1.1 * max) {
      const now = this.#now();
      const rest = list.filter((one) => one.expiresAtMs > now).slice(-max);
      this.#lists.set(account.key, rest);
    } else this.#lists.set(account.key, list);
    return Promise.resolve();
  }

  list(account: Ref, sinceMs: number): Promise<Uint8Array[]> {
    const now = this.#now();
    const list = (this.#lists.get(account.key) ?? []).filter(
      (one) => one.expiresAtMs > now && one.createdAtMs >= sinceMs,
    );
    return Promise.resolve(list.map((one) => one.box).reverse());
  }

  hash(account: Ref): Promise<string | undefined> {
    return Promise.resolve(this.#hashes.get(account.key));
  }

  setHash(account: Ref, hash: string): Promise<void> {
    this.#hashes.set(account.key, hash);
    return Promise.resolve();
  }
}
