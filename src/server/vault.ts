/**
 * Secrets and receipts by their identifiers, over a store that knows neither: everything is sealed on the way in and
 * opened on the way out, and what is stored is named by hashes.
 */

import type { Account } from './accounts.ts';
import { newIdentifiers, shortIdentifier } from './identifiers.ts';
import { accountOf, type Derived, open, recordOf, seal } from './sealed.ts';
import type { Claim, Ref, Store, StoredReceipt } from './stores/types.ts';

export type ReceiptState = 'new' | 'revealed' | 'burned' | 'expired';

export type SecretKind = 'conceal' | 'generate';

export interface NewSecret {
  text: string;
  /** Slow, salted hash of the passphrase it demands; undefined for none. */
  passphraseHash: string | undefined;
  kind: SecretKind;
  ttlSeconds: number;
  owner: Account | undefined;
}

/** A secret that can still be revealed. Its text comes from `reveal` only. */
export interface SecretRecord {
  secretId: string;
  passphraseHash: string | undefined;
  ttlSeconds: number;
  createdAtMs: number;
  expiresAtMs: number;
  receipt: Ref;
  /** Where it is stored, and the key to it. */
  derived: Derived;
  /** SHA-256 of the claim that revealed it already; then it is there for this claim only. */
  claimHash: string | undefined;
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
  /** Who made it: `undefined` for anybody. */
  owner: { user: string; id: string } | undefined;
  memo: string | undefined;
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

/** What a receipt keeps sealed, short names first of all because memory is counted. */
interface ReceiptBox {
  /** Identifier of the secret. */
  s: string;
  k?: 1;
  p?: 1;
  o?: { user: string; id: string };
}

export interface Vault {
  create(secret: NewSecret): Promise<{ receipt: ReceiptRecord; secretId: string }>;
  /** A secret that is there, also one that is kept for a claim. */
  peek(secretId: string): Promise<SecretRecord | undefined>;
  /** Takes a secret's text: undefined for all callers but one, or one claim. */
  reveal(secret: SecretRecord, claim: Claim | undefined): Promise<string | undefined>;
  acknowledge(secretId: string, claimHash: string): Promise<void>;
  burn(receiptId: string): Promise<boolean>;
  receipt(receiptId: string): Promise<ReceiptRecord | undefined>;
  noteAccess(secret: SecretRecord): Promise<void>;
  setMemo(receiptId: string, memo: string): Promise<boolean>;
  display(receiptId: string, secretId: string, withinMs: number): Promise<string | undefined>;
  /** An account's receipts that are still there, newest first. */
  recent(account: Account, sinceMs: number): Promise<ReceiptRecord[]>;
}

/** How many of an account's receipts are listed at most. */
const MAX_LIST = 10_000;

/** @param now milliseconds since 1970. */
export function createVault(store: Store, now: () => number): Vault {
  const receipt = async (receiptId: string): Promise<ReceiptRecord | undefined> => {
    const { ref, key } = recordOf(receiptId, 'receipt');
    const stored = await store.receipt(ref);
    if (stored === undefined) return undefined;
    const memo = stored.memo.length === 0 ? undefined : open(key, 'memo', stored.memo);
    const box = JSON.parse(open(key, 'receipt', stored.box)) as ReceiptBox;
    return receiptRecord(receiptId, stored, { box, memo, nowMs: now() });
  };
  return {
    receipt,
    create: (secret) => create(store, secret, now()),
    peek: (secretId) => peek(store, secretId),
    async reveal({ derived: { ref, key }, receipt: receiptRef }, claim) {
      const body = await store.take(ref, receiptRef, claim);
      return body === undefined ? undefined : open(key, 'text', body);
    },
    acknowledge: (secretId, claimHash) => store.acknowledge(recordOf(secretId, 'secret').ref, claimHash),
    async burn(receiptId) {
      const { ref, key } = recordOf(receiptId, 'receipt');
      const stored = await store.receipt(ref);
      if (stored === undefined) return false;
      const { s } = JSON.parse(open(key, 'receipt', stored.box)) as ReceiptBox;
      return store.burn(ref, recordOf(s, 'secret').ref);
    },
    noteAccess: (secret) => store.noteAccess(secret.receipt),
    setMemo(receiptId, memo) {
      const { ref, key } = recordOf(receiptId, 'receipt');
      return store.setMemo(ref, seal(key, 'memo', memo));
    },
    async display(receiptId, secretId, withinMs) {
      const { ref, key } = recordOf(secretId, 'secret');
      const body = await store.display(recordOf(receiptId, 'receipt').ref, ref, withinMs);
      return body === undefined ? undefined : open(key, 'text', body);
    },
    async recent(account, sinceMs) {
      const { ref, key } = accountOf(account.user, account.token);
      const found: (ReceiptRecord | undefined)[] = [];
      // A few at a time: a long list must not fill the store's connection.
      const boxes = await store.list(ref, sinceMs);
      for (let from = 0; from < boxes.length; from += 100) {
        const identifiers = boxes.slice(from, from + 100).flatMap((box) => openOrNothing(key, box));
        found.push(...(await Promise.all(identifiers.map(receipt))));
      }
      return found.filter((one) => one !== undefined);
    },
  };
}

/** Entries from before the token changed cannot be opened any more, and are passed over. */
function openOrNothing(key: Uint8Array, box: Uint8Array): string[] {
  try {
    return [open(key, 'list', box)];
  } catch {
    return [];
  }
}

async function create(
  store: Store,
  secret: NewSecret,
  createdAtMs: number,
): Promise<{ receipt: ReceiptRecord; secretId: string }> {
  const { secretId, receiptId } = newIdentifiers();
  const { text, passphraseHash, kind, owner } = secret;
  const of = recordOf(secretId, 'secret');
  const by = recordOf(receiptId, 'receipt');
  const lifetimeMs = secret.ttlSeconds * 1000;
  const box: ReceiptBox = {
    s: secretId,
    ...(kind === 'generate' && { k: 1 }),
    ...(passphraseHash !== undefined && { p: 1 }),
    ...(owner !== undefined && { o: { user: owner.user, id: owner.id } }),
  };
  const record = {
    secret: of.ref,
    receipt: by.ref,
    body: seal(of.key, 'text', text),
    gate: passphraseHash === undefined ? new Uint8Array(0) : seal(of.key, 'gate', passphraseHash),
    box: seal(by.key, 'receipt', JSON.stringify(box)),
    createdAtMs,
    lifetimeMs,
  };
  if (owner !== undefined) {
    // First: a name in the list that leads nowhere is passed over, a receipt missing from it would be lost to its owner.
    const account = accountOf(owner.user, owner.token);
    const expiresAtMs = createdAtMs + 2 * lifetimeMs;
    const entry = { box: seal(account.key, 'list', receiptId), createdAtMs, expiresAtMs };
    await store.addToList(account.ref, entry, MAX_LIST);
  }
  await store.create(record);
  const stored: StoredReceipt = {
    box: record.box,
    memo: new Uint8Array(0),
    state: 'new',
    createdAtMs,
    lifetimeMs,
    updatedAtMs: createdAtMs,
    endedAtMs: undefined,
    accessCount: 0,
    firstAccessAtMs: undefined,
    lastAccessAtMs: undefined,
  };
  const view = { box, memo: undefined, nowMs: createdAtMs };
  return { receipt: receiptRecord(receiptId, stored, view), secretId };
}

async function peek(store: Store, secretId: string): Promise<SecretRecord | undefined> {
  const derived = recordOf(secretId, 'secret');
  const { ref, key } = derived;
  const stored = await store.secret(ref);
  if (stored === undefined) return undefined;
  return {
    secretId,
    passphraseHash: stored.gate.length === 0 ? undefined : open(key, 'gate', stored.gate),
    ttlSeconds: stored.lifetimeMs / 1000,
    createdAtMs: stored.createdAtMs,
    expiresAtMs: stored.createdAtMs + stored.lifetimeMs,
    receipt: stored.receipt,
    derived,
    claimHash: stored.claimHash,
  };
}

function receiptRecord(
  receiptId: string,
  stored: StoredReceipt,
  { box, memo, nowMs }: { box: ReceiptBox; memo: string | undefined; nowMs: number },
): ReceiptRecord {
  const { createdAtMs, lifetimeMs, endedAtMs } = stored;
  const secretExpiresAtMs = createdAtMs + lifetimeMs;
  const expired = stored.state === 'new' && nowMs >= secretExpiresAtMs;
  const state = expired ? 'expired' : stored.state;
  return {
    receiptId,
    secretId: state === 'new' ? box.s : undefined,
    secretShortId: shortIdentifier(box.s),
    state,
    hasPassphrase: box.p === 1,
    kind: box.k === 1 ? 'generate' : 'conceal',
    owner: box.o,
    memo,
    ttlSeconds: lifetimeMs / 1000,
    createdAtMs,
    updatedAtMs: expired ? secretExpiresAtMs : stored.updatedAtMs,
    secretExpiresAtMs,
    receiptExpiresAtMs: createdAtMs + 2 * lifetimeMs,
    revealedAtMs: state === 'revealed' ? endedAtMs : undefined,
    burnedAtMs: state === 'burned' ? endedAtMs : undefined,
    accessCount: stored.accessCount,
    firstAccessAtMs: stored.firstAccessAtMs,
    lastAccessAtMs: stored.lastAccessAtMs,
  };
}
