/**
 * What a store promises. It holds sealed boxes under hashed names and can open none of them: a store that is stolen
 * shows sizes, times and states. `vault.ts` seals and opens.
 *
 * Every act is atomic, over any number of server processes that share a store: of any number of callers at once exactly
 * one takes a secret, or burns it. What expired, was taken or burned is no longer in the store. A receipt outlives its
 * secret: 2 x lifetime from its creation.
 *
 * A store knows no HTTP, no dialect and no passphrase: whoever takes was checked before.
 */

/** The name that something is stored under. */
export interface Ref {
  /** The same for a secret, its receipt and its counters, so that a cluster keeps them on one node. */
  tag: string;
  /** A hash: nobody gets back to the identifier. */
  key: string;
}

export interface NewRecord {
  secret: Ref;
  receipt: Ref;
  /** The sealed text. */
  body: Uint8Array;
  /** The sealed hash of the passphrase that it demands; empty for none. */
  gate: Uint8Array;
  /** What the receipt keeps to itself, sealed. */
  box: Uint8Array;
  createdAtMs: number;
  /** How long the secret lives; the receipt lives twice as long. */
  lifetimeMs: number;
}

/** A secret that is there; its body comes from `take` only. */
export interface StoredSecret {
  receipt: Ref;
  gate: Uint8Array;
  createdAtMs: number;
  lifetimeMs: number;
  /** SHA-256 of the claim that took it, in base64url, while that claim may ask again. Everybody else is told that it is gone. */
  claimHash: string | undefined;
}

export interface StoredReceipt {
  box: Uint8Array;
  /** The sealed memo of its owner; empty for none. */
  memo: Uint8Array;
  /** `new` also when the secret expired: times tell. */
  state: 'new' | 'revealed' | 'burned';
  createdAtMs: number;
  lifetimeMs: number;
  updatedAtMs: number;
  /** When it was revealed or burned. */
  endedAtMs: number | undefined;
  /** How often the secret was looked at without being revealed. */
  accessCount: number;
  firstAccessAtMs: number | undefined;
  lastAccessAtMs: number | undefined;
}

/** A reveal that may be repeated by whoever knows the same claim. */
export interface Claim {
  /** SHA-256 of the claim in base64url. */
  hash: string;
  /** From the first claim on, never extended. */
  windowMs: number;
  /** How many times the first claim may be repeated; the last repetition erases the value. */
  maxReplays: number;
}

/** One limit on tries. */
export interface Limit {
  ref: Ref;
  max: number;
  windowMs: number;
  lockMs: number;
}

export interface Locked {
  retryAfterMs: number;
  maxAttempts: number;
}

/** Counts tries: `max` within `windowMs` of the first lock for `lockMs`. Limits charged together share a tag. */
export interface Counters {
  /**
   * Adds a try to each limit, unless one is locked: then nothing is added. The try that reaches a maximum still goes
   * through, and the lock stands from then on.
   * @param tries 1; 0 only asks.
   */
  charge(limits: readonly Limit[], tries: 0 | 1): Promise<Locked | undefined>;
  /** Forgets what was counted: the passphrase was right. */
  forgive(limits: readonly Limit[]): Promise<void>;
}

export interface ListEntry {
  /** The sealed identifier of a receipt. */
  box: Uint8Array;
  createdAtMs: number;
  /** When the receipt is gone. */
  expiresAtMs: number;
}

export interface Store extends Counters {
  /** Keeps a secret and its receipt. @throws Unavailable when there is no room */
  create(record: NewRecord): Promise<void>;
  /** A secret that is still there; changes nothing. */
  secret(secret: Ref): Promise<StoredSecret | undefined>;
  /**
   * Takes a secret out of the store: undefined for all callers but one. With a claim the body stays for the same claim
   * to ask again; the state is revealed from the first time on.
   */
  take(secret: Ref, receipt: Ref, claim: Claim | undefined): Promise<Uint8Array | undefined>;
  /** Erases what was kept for a claim: it has arrived. Any other claim changes nothing. */
  acknowledge(secret: Ref, claimHash: string): Promise<void>;
  /** Destroys the secret of a receipt, and what is kept for a claim: true for one caller, never after a reveal. */
  burn(receipt: Ref, secret: Ref): Promise<boolean>;
  receipt(receipt: Ref): Promise<StoredReceipt | undefined>;
  /** Notes on a receipt that somebody looked at its secret. */
  noteAccess(receipt: Ref): Promise<void>;
  /** Replaces the memo. @returns whether the receipt was there */
  setMemo(receipt: Ref, memo: Uint8Array): Promise<boolean>;
  /** The body of an unread secret, to show its maker: once, within `withinMs` of its creation. The secret stays. */
  display(receipt: Ref, secret: Ref, withinMs: number): Promise<Uint8Array | undefined>;
  /** Adds to an account's list; beyond `max` the oldest fall out. */
  addToList(account: Ref, entry: ListEntry, max: number): Promise<void>;
  /** An account's list since `sinceMs`, newest first. */
  list(account: Ref, sinceMs: number): Promise<Uint8Array[]>;
  /** The slow hash of an account's token. */
  accountHash(account: Ref): Promise<string | undefined>;
  setAccountHash(account: Ref, hash: string): Promise<void>;
  /** Resolves when the store can be reached and written to. */
  ping(): Promise<void>;
  /** Lets go of timers, files and connections. */
  close(): Promise<void>;
}
