/**
 * What a store of secrets promises. Every act is atomic: of any number of callers at once, exactly one gets a secret's
 * text, or burns it. Expiry is enforced on every read by the store's own clock; the text of a secret that expired, was
 * revealed or burned is no longer in the store. A receipt outlives its secret: 2 x ttl from its creation.
 *
 * A store knows no HTTP, no dialect and no passphrase: whoever reveals was checked before.
 */

export type ReceiptState = 'new' | 'revealed' | 'burned' | 'expired';

export type SecretKind = 'conceal' | 'generate';

export interface NewSecret {
  secretId: string;
  receiptId: string;
  text: string;
  /** Slow, salted hash of the passphrase it demands; undefined for none. */
  passphraseHash: string | undefined;
  kind: SecretKind;
  ttlSeconds: number;
}

/** A secret that can still be revealed. Its text comes from `reveal` only. */
export interface SecretRecord {
  secretId: string;
  passphraseHash: string | undefined;
  ttlSeconds: number;
  createdAtMs: number;
  expiresAtMs: number;
}

export interface ReceiptRecord {
  receiptId: string;
  /** Undefined once the secret is gone. */
  secretId: string | undefined;
  /** First eight characters of the secret's identifier; stays. */
  secretShortId: string;
  state: ReceiptState;
  hasPassphrase: boolean;
  kind: SecretKind;
  ttlSeconds: number;
  createdAtMs: number;
  updatedAtMs: number;
  secretExpiresAtMs: number;
  receiptExpiresAtMs: number;
  revealedAtMs: number | undefined;
  burnedAtMs: number | undefined;
  /** How often the secret was looked at without being revealed. */
  accessCount: number;
  firstAccessAtMs: number | undefined;
  lastAccessAtMs: number | undefined;
}

export interface Store {
  /** Keeps a secret and its receipt. Both identifiers are new and random. */
  create(secret: NewSecret): Promise<ReceiptRecord>;
  /** A secret that is still there; changes nothing. */
  peek(secretId: string): Promise<SecretRecord | undefined>;
  /** Takes a secret's text out of the store: undefined for all callers but one. */
  reveal(secretId: string): Promise<string | undefined>;
  /** Destroys the secret of a receipt: true for one caller only, and never after a reveal. */
  burn(receiptId: string): Promise<boolean>;
  /** A receipt as it stands now. */
  receipt(receiptId: string): Promise<ReceiptRecord | undefined>;
  /** Notes on the receipt that somebody looked at the secret. */
  noteAccess(secretId: string): Promise<void>;
  /**
   * The text of a generated secret, to show its maker: once, within `withinMs` of its creation, while it is unread.
   * The secret itself stays.
   */
  claimDisplay(receiptId: string, withinMs: number): Promise<string | undefined>;
  /** Lets go of timers, files and connections. */
  close(): Promise<void>;
}
