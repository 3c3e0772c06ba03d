/**
 * Secrets in this process's memory. Each act runs from look-up to change without giving way to the event loop, which
 * is what makes it atomic: there must be no `await` inside one.
 *
 * Boxes are kept as Latin-1 text, one byte a character: buffers of their own would cost several hundred bytes each.
 */

import { Unavailable } from '../unavailable.ts';
import { MemoryCounters } from './counters.ts';
import { ExpiryQueue } from './expiry.ts';
import { type Entry, newEntry, pack, receiptOf, unpack } from './memory-entry.ts';
import { MemoryLists } from './memory-lists.ts';
import type { Claim, NewRecord, Ref, Store, StoredReceipt, StoredSecret } from './types.ts';

export interface MemoryStoreOptions {
  /** Bytes that secrets and receipts may take together, about; 256 MiB unless said. */
  maxBytes?: number | undefined;
}

const SWEEP_MS = 1000;
/** What an entry takes beside its boxes: names, times, its places in two maps and the queue. */
const ENTRY_BYTES = 900;
const DEFAULT_MAX_BYTES = 2 ** 28;
const FULL_RETRY_SECONDS = 60;

export class MemoryStore extends MemoryCounters implements Store {
  readonly #now: () => number;
  readonly #maxBytes: number;
  readonly #bySecret = new Map<string, Entry>();
  readonly #byReceipt = new Map<string, Entry>();
  readonly #queue: ExpiryQueue<Entry>;
  readonly #lists: MemoryLists;
  #bytes = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param now milliseconds since 1970. */
  constructor(now: () => number, options: MemoryStoreOptions = {}) {
    super(now);
    this.#now = now;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#queue = new ExpiryQueue(now());
    this.#lists = new MemoryLists(now);
  }

  /** Bytes held, about. */
  get bytes(): number {
    return this.#bytes;
  }

  create(record: NewRecord): Promise<void> {
    const { secret, receipt } = record;
    const takes = ENTRY_BYTES + record.body.length + record.gate.length + record.box.length;
    if (this.#bytes + takes > this.#maxBytes) {
      return Promise.reject(new Unavailable('store_full', FULL_RETRY_SECONDS));
    }
    this.#bytes += takes;
    const entry = newEntry(record);
    this.#bySecret.set(secret.key, entry);
    this.#byReceipt.set(receipt.key, entry);
    this.#queue.add(entry, record.createdAtMs + record.lifetimeMs);
    this.#timer ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
    return Promise.resolve();
  }

  secret(secret: Ref): Promise<StoredSecret | undefined> {
    const entry = this.#live(secret.key);
    if (entry === undefined) return Promise.resolve(undefined);
    return Promise.resolve({
      receipt: { tag: entry.tag, key: entry.receiptKey },
      gate: unpack(entry.gate),
      createdAtMs: entry.createdAtMs,
      lifetimeMs: entry.lifetimeMs,
      claimHash: entry.claim?.hash,
    });
  }

  take(secret: Ref, _receipt: Ref, claim: Claim | undefined): Promise<Uint8Array | undefined> {
    const entry = this.#live(secret.key);
    if (entry?.body === undefined) return Promise.resolve(undefined);
    const body = unpack(entry.body);
    if (entry.claim !== undefined) {
      if (entry.claim.hash !== claim?.hash) return Promise.resolve(undefined);
      entry.claim.replays += 1;
      if (entry.claim.replays >= claim.maxReplays) this.#erase(entry);
      return Promise.resolve(body);
    }
    const now = this.#now();
    entry.state = 'revealed';
    entry.endedAtMs = now;
    entry.updatedAtMs = now;
    if (claim === undefined) this.#erase(entry);
    else {
      const untilMs = Math.min(now + claim.windowMs, entry.createdAtMs + entry.lifetimeMs);
      entry.claim = { hash: claim.hash, untilMs, replays: 0 };
      this.#queue.add(entry, untilMs);
    }
    return Promise.resolve(body);
  }

  acknowledge(secret: Ref, claimHash: string): Promise<void> {
    const entry = this.#live(secret.key);
    if (entry?.claim?.hash === claimHash) this.#erase(entry);
    return Promise.resolve();
  }

  burn(receipt: Ref, _secret: Ref): Promise<boolean> {
    const entry = this.#known(receipt.key);
    if (entry?.body === undefined) return Promise.resolve(false);
    this.#erase(entry);
    if (entry.state !== 'new') return Promise.resolve(false);
    entry.state = 'burned';
    entry.endedAtMs = this.#now();
    entry.updatedAtMs = entry.endedAtMs;
    return Promise.resolve(true);
  }

  receipt(receipt: Ref): Promise<StoredReceipt | undefined> {
    const entry = this.#known(receipt.key);
    if (entry === undefined) return Promise.resolve(undefined);
    return Promise.resolve(receiptOf(entry));
  }

  noteAccess(receipt: Ref): Promise<void> {
    const entry = this.#known(receipt.key);
    if (entry !== undefined) {
      entry.accessCount += 1;
      entry.lastAccessAtMs = this.#now();
      entry.firstAccessAtMs ??= entry.lastAccessAtMs;
    }
    return Promise.resolve();
  }

  setMemo(receipt: Ref, memo: Uint8Array): Promise<boolean> {
    const entry = this.#known(receipt.key);
    if (entry === undefined) return Promise.resolve(false);
    this.#bytes += memo.length - entry.memo.length;
    entry.memo = pack(memo);
    entry.updatedAtMs = this.#now();
    return Promise.resolve(true);
  }

  display(receipt: Ref, _secret: Ref, withinMs: number): Promise<Uint8Array | undefined> {
    const entry = this.#known(receipt.key);
    const now = this.#now();
    if (entry?.body === undefined || entry.state !== 'new' || entry.displayed)
      return Promise.resolve(undefined);
    if (now - entry.createdAtMs >= withinMs) return Promise.resolve(undefined);
    entry.displayed = true;
    return Promise.resolve(unpack(entry.body));
  }

  addToList: Store['addToList'] = (account, entry, max) => this.#lists.add(account, entry, max);
  list: Store['list'] = (account, sinceMs) => this.#lists.list(account, sinceMs);
  accountHash: Store['accountHash'] = (account) => this.#lists.hash(account);
  setAccountHash: Store['setAccountHash'] = (account, hash) => this.#lists.setHash(account, hash);

  ping(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    // The queue holds the same entries.
    for (const entry of this.#byReceipt.values()) entry.body = undefined;
    this.#bySecret.clear();
    this.#byReceipt.clear();
    this.#bytes = 0;
    return Promise.resolve();
  }

  /** Drops what has expired since the last time. Reads do not depend on it: they look at the clock themselves. */
  sweep(): void {
    const now = this.#now();
    for (const entry of this.#queue.takeDue(now)) {
      const receiptExpiresAtMs = entry.createdAtMs + 2 * entry.lifetimeMs;
      this.#expire(entry);
      if (now >= receiptExpiresAtMs) this.#forget(entry);
      // What was queued for its claim is still queued for its lifetime.
      else if (now >= entry.createdAtMs + entry.lifetimeMs) this.#queue.add(entry, receiptExpiresAtMs);
    }
    if (this.#queue.isEmpty) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #live(secretKey: string): Entry | undefined {
    const entry = this.#bySecret.get(secretKey);
    if (entry === undefined) return undefined;
    this.#expire(entry);
    return entry.body === undefined ? undefined : entry;
  }

  #known(receiptKey: string): Entry | undefined {
    const entry = this.#byReceipt.get(receiptKey);
    if (entry === undefined) return undefined;
    this.#expire(entry);
    if (this.#now() < entry.createdAtMs + 2 * entry.lifetimeMs) return entry;
    this.#forget(entry);
    return undefined;
  }

  #expire(entry: Entry): void {
    if (this.#now() >= (entry.claim?.untilMs ?? entry.createdAtMs + entry.lifetimeMs)) this.#erase(entry);
  }

  #erase(entry: Entry): void {
    if (entry.body === undefined) return;
    this.#bySecret.delete(entry.secretKey);
    this.#bytes -= entry.body.length + entry.gate.length;
    entry.body = undefined;
    entry.gate = '';
    entry.claim = undefined;
  }

  #forget(entry: Entry): void {
    if (this.#byReceipt.delete(entry.receiptKey)) {
      this.#bytes -= ENTRY_BYTES + entry.box.length + entry.memo.length;
    }
  }
}
