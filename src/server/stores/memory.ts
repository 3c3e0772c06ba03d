/**
 * Secrets in this process's memory. Each act runs from look-up to change without giving way to the event loop, which
 * is what makes it atomic: there must be no `await` inside one.
 */

import { shortIdentifier } from '../identifiers.ts';
import { ExpiryQueue } from './expiry.ts';
import type { NewSecret, ReceiptRecord, SecretRecord, Store } from './types.ts';

interface Entry {
  receipt: ReceiptRecord;
  /** Undefined once revealed, burned or expired. */
  text: string | undefined;
  passphraseHash: string | undefined;
  displayed: boolean;
}

const SWEEP_MS = 1000;

export class MemoryStore implements Store {
  readonly #now: () => number;
  readonly #bySecret = new Map<string, Entry>();
  readonly #byReceipt = new Map<string, Entry>();
  readonly #queue: ExpiryQueue<Entry>;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param now milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
    this.#queue = new ExpiryQueue(now());
  }

  create(secret: NewSecret): Promise<ReceiptRecord> {
    const createdAtMs = this.#now();
    const lifetimeMs = secret.ttlSeconds * 1000;
    const receipt: ReceiptRecord = {
      receiptId: secret.receiptId,
      secretId: secret.secretId,
      secretShortId: shortIdentifier(secret.secretId),
      state: 'new',
      hasPassphrase: secret.passphraseHash !== undefined,
      kind: secret.kind,
      ttlSeconds: secret.ttlSeconds,
      createdAtMs,
      updatedAtMs: createdAtMs,
      secretExpiresAtMs: createdAtMs + lifetimeMs,
      receiptExpiresAtMs: createdAtMs + 2 * lifetimeMs,
      revealedAtMs: undefined,
      burnedAtMs: undefined,
      accessCount: 0,
      firstAccessAtMs: undefined,
      lastAccessAtMs: undefined,
    };
    const entry: Entry = {
      receipt,
      text: secret.text,
      passphraseHash: secret.passphraseHash,
      displayed: false,
    };
    this.#bySecret.set(secret.secretId, entry);
    this.#byReceipt.set(secret.receiptId, entry);
    this.#queue.add(entry, receipt.secretExpiresAtMs);
    this.#startSweeping();
    return Promise.resolve({ ...receipt });
  }

  peek(secretId: string): Promise<SecretRecord | undefined> {
    const entry = this.#live(secretId);
    if (entry === undefined) return Promise.resolve(undefined);
    const { ttlSeconds, createdAtMs, secretExpiresAtMs } = entry.receipt;
    const { passphraseHash } = entry;
    return Promise.resolve({
      secretId,
      passphraseHash,
      ttlSeconds,
      createdAtMs,
      expiresAtMs: secretExpiresAtMs,
    });
  }

  reveal(secretId: string): Promise<string | undefined> {
    const entry = this.#live(secretId);
    if (entry === undefined) return Promise.resolve(undefined);
    const { text } = entry;
    entry.receipt.revealedAtMs = this.#now();
    this.#end(entry, 'revealed', this.#now());
    return Promise.resolve(text);
  }

  burn(receiptId: string): Promise<boolean> {
    const secretId = this.#known(receiptId)?.receipt.secretId;
    const entry = secretId === undefined ? undefined : this.#live(secretId);
    if (entry === undefined) return Promise.resolve(false);
    entry.receipt.burnedAtMs = this.#now();
    this.#end(entry, 'burned', this.#now());
    return Promise.resolve(true);
  }

  receipt(receiptId: string): Promise<ReceiptRecord | undefined> {
    const entry = this.#known(receiptId);
    return Promise.resolve(entry === undefined ? undefined : { ...entry.receipt });
  }

  noteAccess(secretId: string): Promise<void> {
    const receipt = this.#live(secretId)?.receipt;
    if (receipt !== undefined) {
      receipt.accessCount += 1;
      receipt.lastAccessAtMs = this.#now();
      receipt.firstAccessAtMs ??= receipt.lastAccessAtMs;
    }
    return Promise.resolve();
  }

  claimDisplay(receiptId: string, withinMs: number): Promise<string | undefined> {
    const entry = this.#known(receiptId);
    const claimable =
      entry?.receipt.kind === 'generate' &&
      !entry.displayed &&
      this.#now() - entry.receipt.createdAtMs < withinMs;
    if (!claimable) return Promise.resolve(undefined);
    entry.displayed = true;
    return Promise.resolve(entry.text);
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    // The queue holds the same entries.
    for (const entry of this.#byReceipt.values()) entry.text = undefined;
    this.#bySecret.clear();
    this.#byReceipt.clear();
    return Promise.resolve();
  }

  /** Drops what has expired since the last time. Reads do not depend on it: they look at the clock themselves. */
  sweep(): void {
    const now = this.#now();
    for (const entry of this.#queue.takeDue(now)) {
      const { receiptId, receiptExpiresAtMs } = entry.receipt;
      this.#expire(entry);
      if (now >= receiptExpiresAtMs) this.#byReceipt.delete(receiptId);
      else if (this.#byReceipt.has(receiptId)) this.#queue.add(entry, receiptExpiresAtMs);
    }
    if (this.#queue.isEmpty) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #live(secretId: string): Entry | undefined {
    const entry = this.#bySecret.get(secretId);
    if (entry === undefined) return undefined;
    this.#expire(entry);
    return entry.text === undefined ? undefined : entry;
  }

  #known(receiptId: string): Entry | undefined {
    const entry = this.#byReceipt.get(receiptId);
    if (entry === undefined) return undefined;
    this.#expire(entry);
    if (this.#now() < entry.receipt.receiptExpiresAtMs) return entry;
    this.#byReceipt.delete(receiptId);
    return undefined;
  }

  #expire(entry: Entry): void {
    const { secretExpiresAtMs } = entry.receipt;
    if (entry.text !== undefined && this.#now() >= secretExpiresAtMs) {
      this.#end(entry, 'expired', secretExpiresAtMs);
    }
  }

  #end(entry: Entry, state: 'revealed' | 'burned' | 'expired', atMs: number): void {
    if (entry.receipt.secretId !== undefined) this.#bySecret.delete(entry.receipt.secretId);
    entry.text = undefined;
    entry.passphraseHash = undefined;
    entry.receipt.secretId = undefined;
    entry.receipt.state = state;
    entry.receipt.updatedAtMs = atMs;
  }

  #startSweeping(): void {
    this.#timer ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
  }
}
