/** What the memory store holds of one secret and its receipt, and how that reads. */

import type { Place, Slabs } from './slabs.ts';
import type { NewRecord, StoredReceipt } from './types.ts';

export interface Entry {
  receiptKey: string;
  secretKey: string;
  /** Gate and body, one behind the other. Undefined once revealed without a claim, burned, erased or expired. */
  sealed: Place | undefined;
  sealedBytes: number;
  gateBytes: number;
  box: Place;
  boxBytes: number;
  state: StoredReceipt['state'];
  createdAtMs: number;
  lifetimeMs: number;
  claim: { hash: string; untilMs: number; replays: number } | undefined;
  /** Undefined as long as nothing happened to it: most entries are only made and revealed. */
  history: History | undefined;
}

/** What happened to an entry. */
export interface History {
  memo: Uint8Array;
  updatedAtMs: number;
  endedAtMs: number | undefined;
  accessCount: number;
  firstAccessAtMs: number | undefined;
  lastAccessAtMs: number | undefined;
  displayed: boolean;
}

const NOTHING = new Uint8Array(0);

/** An entry as it begins. */
export function newEntry(record: NewRecord, slabs: Slabs): Entry {
  const { secret, receipt, gate, body, box, createdAtMs, lifetimeMs } = record;
  return {
    receiptKey: receipt.key,
    secretKey: secret.key,
    sealed: slabs.put(gate, body),
    sealedBytes: gate.length + body.length,
    gateBytes: gate.length,
    box: slabs.put(box),
    boxBytes: box.length,
    state: 'new',
    createdAtMs,
    lifetimeMs,
    claim: undefined,
    history: undefined,
  };
}

/** The history of an entry, to add to. */
export function historyOf(entry: Entry): History {
  entry.history ??= {
    memo: NOTHING,
    updatedAtMs: entry.createdAtMs,
    endedAtMs: undefined,
    accessCount: 0,
    firstAccessAtMs: undefined,
    lastAccessAtMs: undefined,
    displayed: false,
  };
  return entry.history;
}

/** Notes that an entry was revealed or burned. */
export function endEntry(entry: Entry, state: 'revealed' | 'burned', nowMs: number): void {
  const history = historyOf(entry);
  entry.state = state;
  history.endedAtMs = nowMs;
  history.updatedAtMs = nowMs;
}

/** The part of an entry that its receipt shows. */
export function receiptOf(entry: Entry, slabs: Slabs): StoredReceipt {
  const { state, createdAtMs, lifetimeMs, history } = entry;
  return {
    box: slabs.read(entry.box, 0, entry.boxBytes),
    memo: history?.memo ?? NOTHING,
    state,
    createdAtMs,
    lifetimeMs,
    updatedAtMs: history?.updatedAtMs ?? createdAtMs,
    endedAtMs: history?.endedAtMs,
    accessCount: history?.accessCount ?? 0,
    firstAccessAtMs: history?.firstAccessAtMs,
    lastAccessAtMs: history?.lastAccessAtMs,
  };
}
