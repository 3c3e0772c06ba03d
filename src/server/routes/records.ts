/**
 * Secrets and receipts as v2 and v3 show them. Members that are `undefined` are absent from the answer.
 * Source: Onetime Secret API v2 and v3, v0.26.6.
 */

import { DEFAULT_TTL_SECONDS } from '../../core/limits.ts';
import { shortIdentifier } from '../identifiers.ts';
import type { ReceiptRecord, SecretRecord } from '../vault.ts';

export type Dialect = 'v2' | 'v3';

type Json = Record<string, unknown>;

/** A secret; `revealed` as it is in the answer that hands it out. */
export function secretRecord(
  secret: Pick<SecretRecord, 'secretId' | 'passphraseHash' | 'ttlSeconds' | 'createdAtMs'>,
  revealed = false,
): Json {
  const created = fraction(secret.createdAtMs);
  return {
    identifier: secret.secretId,
    key: secret.secretId,
    shortid: shortIdentifier(secret.secretId),
    state: revealed ? 'revealed' : 'new',
    lifespan: secret.ttlSeconds,
    secret_ttl: secret.ttlSeconds,
    has_passphrase: secret.passphraseHash !== undefined,
    verification: false,
    created,
    updated: created,
    is_previewed: false,
    is_revealed: revealed,
    is_viewed: false,
    is_received: revealed,
  };
}

/**
 * A receipt. Its three lifetimes are all the secret's, as on real servers. `previewed` and `viewed` tell when the secret
 * was first looked at; its state stays `new`.
 */
export function receiptRecord(receipt: ReceiptRecord, dialect: Dialect): Json {
  const { state, ttlSeconds } = receipt;
  const isRevealed = state === 'revealed';
  const isPreviewed = receipt.firstAccessAtMs !== undefined;
  const previewed = wholeOrNull(receipt.firstAccessAtMs);
  const revealed = wholeOrNull(receipt.revealedAtMs);
  return {
    identifier: receipt.receiptId,
    key: receipt.receiptId,
    custid: dialect === 'v2' ? null : undefined,
    owner_id: receipt.owner?.id ?? null,
    state,
    secret_shortid: receipt.secretShortId,
    secret_identifier: receipt.secretId ?? '',
    secret_ttl: ttlSeconds,
    metadata_ttl: ttlSeconds,
    receipt_ttl: ttlSeconds,
    lifespan: ttlSeconds,
    share_domain: null,
    created: fraction(receipt.createdAtMs),
    updated: fraction(receipt.updatedAtMs),
    shared: null,
    recipients: dialect === 'v2' ? '' : null,
    recipient_name: null,
    memo: receipt.memo ?? null,
    shortid: shortIdentifier(receipt.receiptId),
    show_recipients: false,
    previewed,
    revealed,
    is_previewed: isPreviewed,
    viewed: previewed,
    received: revealed,
    burned: wholeOrNull(receipt.burnedAtMs),
    is_viewed: isPreviewed,
    is_received: isRevealed,
    is_revealed: isRevealed,
    is_burned: state === 'burned',
    is_expired: state === 'expired',
    is_orphaned: false,
    is_destroyed: state !== 'new',
    has_passphrase: receipt.hasPassphrase,
    kind: receipt.kind,
    source: 'standard',
  };
}

/** The answer of a receipt that is shown. `value` is that of a generated secret, for its maker's one look. */
export function shownReceipt(
  receipt: ReceiptRecord,
  view: { dialect: Dialect; baseUrl: string; secondsLeft: number; value: string | undefined },
): Json {
  const isNew = receipt.state === 'new';
  // Who may open a protected secret needs its passphrase anyway; the link stays in share_url.
  const showSecret = isNew && !receipt.hasPassphrase;
  const expiresAtMs = receipt.createdAtMs + receipt.ttlSeconds * 1000;
  return {
    record: {
      ...receiptRecord(receipt, view.dialect),
      secret_identifier: showSecret ? receipt.secretId : undefined,
      secret_state: isNew ? 'new' : null,
      natural_expiration: naturalDuration(receipt.ttlSeconds),
      expiration: Math.floor(expiresAtMs / 1000),
      expiration_in_seconds: receipt.ttlSeconds,
      ...links(receipt, view.baseUrl),
    },
    details: {
      type: 'record',
      display_lines: displayLines(view.value ?? ''),
      no_cache: true,
      secret_realttl: isNew ? view.secondsLeft : null,
      view_count: receipt.accessCount,
      first_access: fractionOrNull(receipt.firstAccessAtMs),
      last_access: fractionOrNull(receipt.lastAccessAtMs),
      has_passphrase: isNew && receipt.hasPassphrase,
      can_decrypt: showSecret,
      secret_value: view.value ?? null,
      show_secret: showSecret,
      show_secret_link: showSecret,
      show_receipt_link: isNew,
      show_receipt: true,
      show_recipients: false,
    },
  };
}

/** The answer of a burn: the receipt as it was before, whether or not it was burned now. */
export function burnAnswer(
  receipt: ReceiptRecord,
  view: { dialect: Dialect; baseUrl: string; burned: boolean },
): Json {
  // Real servers give the receipt kind's longest lifetime here, whatever the secret's own was.
  const lifetimeSeconds = 2 * DEFAULT_TTL_SECONDS;
  return {
    success: view.burned,
    record: {
      ...receiptRecord(receipt, view.dialect),
      natural_expiration: naturalDuration(lifetimeSeconds),
      expiration: Math.floor(receipt.createdAtMs / 1000) + lifetimeSeconds,
      expiration_in_seconds: lifetimeSeconds,
      ...links(receipt, view.baseUrl),
    },
    details: {
      type: 'record',
      title: 'Secret burned',
      display_lines: 0,
      display_feedback: false,
      no_cache: true,
      view_count: 0,
      has_passphrase: false,
      can_decrypt: false,
      show_secret: false,
      show_secret_link: false,
      show_receipt_link: false,
      show_receipt: true,
      show_recipients: false,
      is_orphaned: false,
    },
  };
}

function links(receipt: ReceiptRecord, baseUrl: string): Json {
  const secretPath = `secret/${receipt.secretId ?? ''}`;
  const receiptPath = `receipt/${receipt.receiptId}`;
  return {
    share_path: secretPath,
    burn_path: `${receiptPath}/burn`,
    receipt_path: receiptPath,
    metadata_path: receiptPath,
    share_url: `${baseUrl}/${secretPath}`,
    receipt_url: `${baseUrl}/${receiptPath}`,
    metadata_url: `${baseUrl}/${receiptPath}`,
    burn_url: `${baseUrl}/${receiptPath}/burn`,
  };
}

/** How many lines a page should give a text: 4 to 30. */
export function displayLines(text: string): number {
  const newlines = text.split('\n').length - 1;
  return Math.min(30, Math.floor((80 + text.length) / 80) + newlines + 3);
}

function naturalDuration(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds <= 7200) return `${Math.round(seconds / 60)} minutes`;
  if (seconds <= 172_800) return `${Math.round(seconds / 3600)} hours`;
  return `${Math.round(seconds / 86_400)} days`;
}

function fraction(ms: number): number {
  return ms / 1000;
}

function fractionOrNull(ms: number | undefined): number | null {
  return ms === undefined ? null : fraction(ms);
}

function wholeOrNull(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1000);
}
