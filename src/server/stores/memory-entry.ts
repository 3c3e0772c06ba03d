/** What the memory store holds of one secret and its receipt, and how that reads. */

import type { NewRecord, StoredReceipt } from './types.ts';

export interface Entry {
  receiptKey: string;
  secretKey: string;
  tag: string;
  /** Undefined once revealed without a claim, burned, erased or expired. */
  body: string | undefined;
  gate: string;
  box: string;
  memo: string;
  state: StoredReceipt['state'];
  createdAtMs: number;
  lifetimeMs: number;
  updatedAtMs: number;
  endedAtMs: number | undefined;
  accessCount: number;
  firstAccessAtMs: number | undefined;
  lastAccessAtMs: number | undefined;
  displayed: boolean;
  claim: { hash: string; untilMs: number; replays: number } | undefined;
}

/** Bytes as Latin-1 text: one byte a character. */
export function pack(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function unpack(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** An entry as it begins. */
export function newEntry(record: NewRecord): Entry {
  const { secret, receipt, createdAtMs, lifetimeMs } = record;
  return {
    receiptKey: receipt.key,
    secretKey: secret.key,
    tag: receipt.tag,
    body: pack(record.body),
    gate: pack(record.gate),
    box: pack(record.box),
    memo: '',
    state: 'new',
    createdAtMs,
    lifetimeMs,
    updatedAtMs: createdAtMs,
    endedAtMs: undefined,
    accessCount: 0,
    firstAccessAtMs: undefined,
    lastAccessAtMs: undefined,
    displayed: false,
    claim: undefined,
  };
}

/** The part of an entry that its receipt shows. */
export function receiptOf(entry: Entry): StoredReceipt {
  const { state, createdAtMs, lifetimeMs, updatedAtMs, endedAtMs } = entry;
  const { accessCount, firstAccessAtMs, lastAccessAtMs } = entry;
  return {
    box: unpack(entry.box),
    memo: unpack(entry.memo),
    state,
    createdAtMs,
    lifetimeMs,
    updatedAtMs,
    endedAtMs,
    accessCount,
    firstAccessAtMs,
    lastAccessAtMs,
  };
}
