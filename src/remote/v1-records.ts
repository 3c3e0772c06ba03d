/**
 * The receipt object of v1, which shares, generations, receipts and lists have in common, in this program's words.
 */

import { type Fields, flag, identifier, text, whole } from './fields.ts';
import { type Creation, isNobody, isOver, stateOf } from './records.ts';
import type { ReceiptInfo, SecretState } from './types.ts';

function v1State(record: Fields, from: 'receipt' | 'list'): SecretState {
  const state = stateOf(text(record, 'state')) ?? 'unknown';
  if (from === 'list' || isOver(state)) return state;
  // A live secret's key is in every look at its receipt; without it, it ran out.
  return identifier(record, 'secret_key', 'secret_identifier') === undefined ? 'expired' : state;
}

/**
 * One receipt object; undefined when it has no identifier.
 *
 * @param from lists leave out the secret's key, and what they call `secret_ttl` is the receipt's up to 0.16.
 */
export function readV1Receipt(record: Fields | undefined, from: 'receipt' | 'list'): ReceiptInfo | undefined {
  const receiptId = identifier(record, 'identifier', 'metadata_key');
  if (record === undefined || receiptId === undefined) return undefined;
  const state = v1State(record, from);
  const over = isOver(state);
  const secretId = over ? undefined : identifier(record, 'secret_identifier', 'secret_key');
  return {
    receiptId,
    secretId,
    secretShortId: text(record, 'secret_shortkey', 'secret_shortid') ?? secretId?.slice(0, 8),
    state,
    secretTtlSeconds: over || from === 'list' ? undefined : whole(record, 'secret_ttl'),
    createdAtSeconds: whole(record, 'created'),
    hasPassphrase: flag(record, 'has_passphrase', 'passphrase_required'),
  };
}

/** Reads the answer to share or generate. */
export function readV1Creation(record: Fields | undefined): Creation {
  return {
    receiptId: identifier(record, 'identifier', 'metadata_key'),
    secretId: identifier(record, 'secret_identifier', 'secret_key'),
    // 0.15: `ttl` is the receipt's, twice the secret's.
    ttlSeconds: whole(record, 'secret_ttl', 'ttl'),
    shareDomain: text(record, 'share_domain'),
    anonymous: isNobody(text(record, 'custid')),
    truncated: false,
  };
}
