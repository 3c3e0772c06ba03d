/**
 * What this machine shared: identifiers, and the gate token of gated secrets, which a server demands for burning.
 * Never a key, a passphrase or content.
 *
 * The file is a journal, one JSON object a line, the newest line of a receipt wins: an append is one write, so two
 * programs at once cannot damage each other's lines, and a crash costs at most the line under way.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OtsError } from '../core/errors.ts';
import type { SecretState } from '../remote/types.ts';
import { makePrivateDirectory, replaceFile, systemCode, writeAll } from './files.ts';
import { withLock } from './lock.ts';

/** One shared secret, as the journal and `ots receipts --json` spell it. Times in RFC 3339. */
export interface Receipt {
  server: string;
  receipt_id: string;
  secret_id: string;
  created_at: string;
  expires_at: string | null;
  label: string | null;
  encrypted: boolean;
  has_passphrase: boolean;
  gated: boolean;
  /** What the server demands for burning; only for gated secrets. */
  gate_token?: string;
  /** As last seen. */
  state: SecretState;
}

/** The state of a known receipt, learned later. */
interface StateLine {
  server: string;
  receipt_id: string;
  state: SecretState;
}

/** The receipts of this machine, oldest first; lines that cannot be read are passed over. @throws OtsError `usage` */
export function readReceipts(stateDirectory: string): Receipt[] {
  let text: string;
  try {
    text = readFileSync(join(stateDirectory, 'receipts.jsonl'), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new OtsError(
      'usage',
      `the list of receipts cannot be read (${join(stateDirectory, 'receipts.jsonl')})`,
      {
        hint: 'check what it is and who owns it; ots does not touch it',
        cause: error,
      },
    );
  }
  const receipts = new Map<string, Receipt>();
  for (const line of text.split('\n')) {
    const entry = parseLine(line);
    if (entry === undefined) continue;
    const key = `${entry.server} ${entry.receipt_id}`;
    const known = receipts.get(key);
    if ('secret_id' in entry) receipts.set(key, entry);
    else if (known !== undefined) receipts.set(key, { ...known, state: entry.state });
  }
  return [...receipts.values()];
}

/** Appends receipts, all in one write. @throws the system's error */
export function addReceipts(stateDirectory: string, receipts: Receipt[]): void {
  append(stateDirectory, receipts);
}

/** Appends what was learned about a receipt, unless nothing changed. @throws the system's error */
export function noteState(stateDirectory: string, receipt: Receipt, state: SecretState): void {
  if (receipt.state === state || state === 'unknown') return;
  append(stateDirectory, [{ server: receipt.server, receipt_id: receipt.receipt_id, state }]);
}

/** The receipt of a secret, if this machine shared it. Identifiers are unguessable, so the server need not match. */
export function findBySecret(receipts: Receipt[], secretId: string): Receipt | undefined {
  return receipts.findLast((receipt) => receipt.secret_id === secretId);
}

/** Whether a secret can still be opened, as far as was last seen. */
export function isLive({ state }: Receipt): boolean {
  return state === 'new' || state === 'viewed';
}

/**
 * Removes receipts from the list, for good: what they were is not in the file any more.
 *
 * @param now milliseconds since 1970
 * @returns those removed
 * @throws the system's error; OtsError `usage` when another program does the same and never ends
 */
export function forgetReceipts(
  stateDirectory: string,
  now: () => number,
  which: (receipt: Receipt) => boolean,
): Promise<Receipt[]> {
  const path = join(stateDirectory, 'receipts.jsonl');
  return withLock(path, now, () => {
    let sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const all = readReceipts(stateDirectory);
    const removed = all.filter(which);
    if (removed.length === 0) return [];
    const old = openSync(path, 'r');
    try {
      const kept = all.filter((receipt) => !removed.includes(receipt));
      replaceFile(path, kept.map((receipt) => `${JSON.stringify(receipt)}\n`).join(''));
      // What was appended while this went on is in the old file only; whoever appends later sees that it was replaced.
      const late = Buffer.alloc(fstatSync(old).size - sizeBytes);
      while (late.length > 0 && readSync(old, late, 0, late.length, sizeBytes) > 0) sizeBytes += late.length;
      if (late.length > 0) appendText(path, late.toString());
    } finally {
      closeSync(old);
    }
    return removed;
  });
}

function append(stateDirectory: string, entries: (Receipt | StateLine)[]): void {
  makePrivateDirectory(stateDirectory);
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  // Replaced between opening and writing: the lines went to a file that nobody reads any more. Twice does no harm.
  while (!appendText(join(stateDirectory, 'receipts.jsonl'), text));
}

/** @returns whether it went to the file that has this path now */
function appendText(path: string, text: string): boolean {
  const descriptor = openSync(path, 'a+', 0o600);
  try {
    // A line cut off by a crash must not swallow this one.
    const separator = endsInLine(descriptor) ? '' : '\n';
    writeAll(descriptor, separator + text);
    return fstatSync(descriptor).ino === statSync(path, { throwIfNoEntry: false })?.ino;
  } finally {
    closeSync(descriptor);
  }
}

function endsInLine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

function parseLine(line: string): Receipt | StateLine | undefined {
  try {
    const value = JSON.parse(line) as Partial<Receipt>;
    const known = typeof value.server === 'string' && typeof value.receipt_id === 'string';
    return known && typeof value.state === 'string' ? (value as Receipt | StateLine) : undefined;
  } catch {
    return undefined;
  }
}
