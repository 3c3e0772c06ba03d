/**
 * The receipt as v1 shows it: old and new names side by side with equal values, states in the old words. Members that
 * are `undefined` are absent from the answer.
 */

import { secondsUntil } from '../context.ts';
import type { ReceiptRecord, ReceiptState } from '../vault.ts';

const STATES: Record<ReceiptState, string> = {
  new: 'new',
  revealed: 'received',
  burned: 'burned',
  expired: 'expired',
};

export interface V1ReceiptOptions {
  nowMs: number;
  baseUrl: string;
  /** Who asks, when that is known. */
  caller: { user: string } | undefined;
  /** The answer of a burn tells neither how long the secret would live nor whether it has a passphrase. */
  burning?: boolean;
  /** One of a list names no secret at all. */
  listed?: boolean;
  /** The text of a secret that the server generated. */
  value?: string | undefined;
}

/** Source: Onetime Secret API v1, "receipt object". */
export function v1Receipt(receipt: ReceiptRecord, options: V1ReceiptOptions): Record<string, unknown> {
  const { nowMs } = options;
  const isNew = receipt.state === 'new';
  const received = receipt.state === 'revealed' ? epoch(receipt.revealedAtMs ?? nowMs) : undefined;
  const secretKey = received === undefined && !options.listed ? (receipt.secretId ?? '') : undefined;
  const brief = options.burning || options.listed;
  const secretTtl = isNew && !brief ? secondsUntil(receipt.secretExpiresAtMs, nowMs) : null;
  const flag = isNew && !brief ? receipt.hasPassphrase : undefined;
  const receiptTtl = secondsUntil(receipt.receiptExpiresAtMs, nowMs);
  const url = `${options.baseUrl}/receipt/${receipt.receiptId}`;
  return {
    custid: options.caller?.user ?? receipt.owner?.user ?? 'anon',
    metadata_key: receipt.receiptId,
    secret_key: secretKey,
    ttl: receipt.ttlSeconds,
    metadata_ttl: receiptTtl,
    secret_ttl: received === undefined ? secretTtl : undefined,
    metadata_url: url,
    state: STATES[receipt.state],
    updated: epoch(receipt.updatedAtMs),
    created: epoch(receipt.createdAtMs),
    received,
    recipient: [],
    share_domain: '',
    passphrase_required: flag,
    identifier: receipt.receiptId,
    secret_identifier: secretKey,
    has_passphrase: flag,
    recipients: [],
    receipt_ttl: receiptTtl,
    receipt_url: url,
    value: options.value,
    secret_value: options.value,
  };
}

function epoch(ms: number): number {
  return Math.floor(ms / 1000);
}
