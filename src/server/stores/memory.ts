/**
 * Secrets in this process's memory. Each act runs from look-up to change without giving way to the event loop, which
 * is what makes it atomic: there must be no `await` inside one.
 *
 * Boxes are kept in slabs: buffers of their own would cost several hundred bytes each, and text could not be erased.
 */

import { Unavailable } from '../unavailable.ts';
import { MemoryCounters } from './counters.ts';
import { ExpiryQueue } from './expiry.ts';
import { type Entry, endEntry, historyOf, newEntry, receiptOf } from './memory-entry.ts';
import { MemoryLists } from './memory-lists.ts';
import { Slabs } from './slabs.ts';
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
  #slabs = new Slabs();
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
    const entry = newEntry(record, this.#slabs);
    this.#bySecret.set(secret.key, entry);
    this.#byReceipt.set(receipt.key, entry);
    this.#queue.add(entry, record.createdAtMs + record.lifetimeMs);
    this.#timer ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
    return Promise.resolve();
  }

  secret(secret: Ref): Promise<StoredSecret | undefined> {
    const entry = this.#live(secret.key);
    if (entry?.sealed === undefined) return Promise.resolve(undefined);
    return Promise.resolve({
      receipt: { tag: secret.tag, key: entry.receiptKey },
      gate: this.#slabs.read(entry.sealed, 0, entry.gateBytes),
      createdAtMs: entry.createdAtMs,
      lifetimeMs: entry.lifetimeMs,
      claimHash: entry.claim?.hash,
    });
  }

  take(secret: Ref, _receipt: Ref, claim: Claim | undefined): Promise<Uint8Array | undefined> {
    const entry = this.#live(secret.key);
    if (entry?.sealed === undefined) return Promise.resolve(undefined);
    const body = this.#slabs.read(entry.sealed, entry.gateBytes, entry.sealedBytes);
    if (entry.claim !== undefined) {
      if (entry.claim.hash !== claim?.hash) return Promise.resolve(undefined);
      entry.claim.replays += 1;
      if (entry.claim.replays >= claim.maxReplays) this.#erase(entry);
      return Promise.resolve(body);
    }
    const now = this.#now();
    endEntry(entry, 'revealed', now);
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
    if (entry?.sealed === undefined) return Promise.resolve(false);
    this.#erase(entry);
    if (entry.state !== 'new') return Promise.resolve(false);
    endEntry(entry, 'burned', this.#now());
    return Promise.resolve(true);
  }

  receipt(receipt: Ref): Promise<StoredReceipt | undefined> {
    const entry = this.#known(receipt.key);
    if (entry === undefined) return Promise.resolve(undefined);
    return Promise.resolve(receiptOf(entry, this.#slabs));
  }

  noteAccess(receipt: Ref): Promise<void> {
    const entry = this.#known(receipt.key);
    if (entry !== undefined) {
      const history = historyOf(entry);
      history.accessCount += 1;
      history.lastAccessAtMs = this.#now();
      history.firstAccessAtMs ??= history.lastAccessAtMs;
    }
    return Promise.resolve();
  }

  setMemo(receipt: Ref, memo: Uint8Array): Promise<boolean> {
    const entry = this.#known(receipt.key);
    if (entry === undefined) return Promise.resolve(false);
    const history = historyOf(entry);
    this.#bytes += memo.length - history.memo.length;
    history.memo = memo;
    history.updatedAtMs = this.#now();
    return Promise.resolve(true);
  }

  display(receipt: Ref, _secret: Ref, withinMs: number): Promise<Uint8Array | undefined> {
    const entry = this.#known(receipt.key);
    const now = this.#now();
    if (entry?.sealed === undefined || entry.state !== 'new' || entry.history?.displayed)
      return Promise.resolve(undefined);
    if (now - entry.createdAtMs >= withinMs) return Promise.resolve(undefined);
    historyOf(entry).displayed = true;
    return Promise.resolve(this.#slabs.read(entry.sealed, entry.gateBytes, entry.sealedBytes));
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
    for (const entry of this.#byReceipt.values()) this.#erase(entry);
    this.#slabs = new Slabs();
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
    return entry.sealed === undefined ? undefined : entry;
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
    if (entry.sealed === undefined) return;
    this.#bySecret.delete(entry.secretKey);
    this.#bytes -= entry.sealedBytes;
    this.#slabs.erase(entry.sealed, entry.sealedBytes);
    entry.sealed = undefined;
    entry.claim = undefined;
  }

  #forget(entry: Entry): void {
    if (this.#byReceipt.delete(entry.receiptKey)) {
      this.#bytes -= ENTRY_BYTES + entry.boxBytes + (entry.history?.memo.length ?? 0);
      this.#slabs.erase(entry.box, entry.boxBytes);
    }
  }
}
