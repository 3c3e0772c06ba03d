/**
 * The records of v2 and v3, all versions, in this program's words. Names and types changed often; what is read here
 * and why is in each line's comment. Plaintexts that some versions put into receipts are never read.
 */

import { type Fields, fields, flag, identifier, member, section, text, whole } from './fields.ts';
import type { ReceiptInfo, SecretState, SecretStatus } from './types.ts';

const STATES: ReadonlyMap<string, SecretState> = new Map<string, SecretState>([
  ['new', 'new'],
  ['shared', 'new'],
  ['viewed', 'viewed'],
  ['previewed', 'viewed'],
  ['received', 'revealed'],
  ['revealed', 'revealed'],
  ['burned', 'burned'],
  ['expired', 'expired'],
  ['orphaned', 'gone'],
]);

/** A server's word for a state; undefined when it is none of the known ones. */
export function stateOf(word: string | undefined): SecretState | undefined {
  return word === undefined ? undefined : STATES.get(word);
}

/** Whether nobody can read the secret any more, and the server says so. */
export function isOver(state: SecretState): boolean {
  return state === 'revealed' || state === 'burned' || state === 'expired' || state === 'gone';
}

/** The state that a receipt of v2 or v3 tells of its secret. */
function receiptState(record: Fields, details: Fields | undefined): SecretState {
  const own = stateOf(text(record, 'state'));
  if (own !== undefined && isOver(own)) return own;
  const told = (name: string) => flag(record, name) ?? flag(details, name);
  // 0.18: receipts have no state, only these, beside the record.
  if (told('is_burned') === true) return 'burned';
  if (told('is_received') === true || told('is_revealed') === true) return 'revealed';
  if (told('is_expired') === true) return 'expired';
  if (told('is_orphaned') === true || told('is_destroyed') === true) return 'gone';
  // The receipt's own "viewed" means that its holder looked; the secret's is the one that counts.
  const secretState = member(record, 'secret_state');
  if (typeof secretState === 'string') return stateOf(secretState) ?? own ?? 'unknown';
  if (secretState === null && own !== undefined) return 'expired';
  if (own !== undefined) return own;
  // 0.18 again: the key is given on every look until the secret is spent, then it is empty.
  return member(record, 'secret_key') === '' ? 'gone' : identifier(record, 'secret_key') ? 'new' : 'unknown';
}

/** The identifier at the end of `secret/ID`; versions from 0.24 name it nowhere else for protected secrets. */
function sharePathId(record: Fields): string | undefined {
  const path = text(record, 'share_path') ?? '';
  return identifier({ id: path.slice(path.lastIndexOf('/') + 1) }, 'id');
}

/** Seconds since 1970 of 0.18's text dates (`2026-11-22@21:55:59 UTC`). */
function textDate(value: string | undefined): number | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)@(\d\d):(\d\d):(\d\d) UTC$/
    .exec(value ?? '')
    ?.slice(1)
    .map(Number);
  if (parts === undefined) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/** One receipt record, with the details that came beside it; undefined when it has no identifier. */
export function readReceipt(
  record: Fields | undefined,
  details: Fields | undefined,
): ReceiptInfo | undefined {
  const receiptId = identifier(record, 'identifier', 'key');
  if (record === undefined || receiptId === undefined) return undefined;
  const state = receiptState(record, details);
  const over = isOver(state);
  return {
    receiptId,
    secretId: over
      ? undefined
      : (identifier(record, 'secret_identifier', 'secret_key') ?? sharePathId(record)),
    secretShortId: text(record, 'secret_shortid', 'secret_shortkey'),
    state,
    // `secret_ttl` of a record is the lifetime it was made with.
    secretTtlSeconds: over ? undefined : whole(details, 'secret_realttl'),
    createdAtSeconds: whole(record, 'created') ?? textDate(text(record, 'created_date_utc')),
    hasPassphrase: flag(details, 'has_passphrase') ?? flag(record, 'has_passphrase'),
  };
}

/** The answer to a question for a secret's status, or to a peek; undefined when it is neither. */
export function readStatus(json: unknown): SecretStatus | undefined {
  const answer = fields(json);
  const record = section(answer, 'record');
  if (record === undefined) return undefined;
  const word = text(record, 'state');
  if (word === 'unknown') return { state: 'gone', ttlSeconds: undefined, hasPassphrase: undefined };
  const known = identifier(record, 'identifier', 'key') !== undefined;
  // 0.18: the record of a peek has no state; that it is there says enough, and our look was one.
  const state = stateOf(word) ?? (known ? 'viewed' : undefined);
  if (state === undefined) return undefined;
  const over = isOver(state);
  return {
    state,
    ttlSeconds: over ? undefined : whole(section(answer, 'details'), 'current_expiration', 'realttl'),
    hasPassphrase: over ? undefined : flag(record, 'has_passphrase'),
  };
}

/** What a creating answer of v2 or v3 tells. */
export interface Creation {
  receiptId: string | undefined;
  secretId: string | undefined;
  ttlSeconds: number | undefined;
  shareDomain: string | undefined;
  /** Neither owner nor customer is named: the server took the caller for a guest. */
  anonymous: boolean;
  /** The server says that it cut the text (versions 0.18 to 0.23). */
  truncated: boolean;
}

/** Whether a name of an owner stands for nobody. */
export function isNobody(owner: string | undefined): boolean {
  return owner === undefined || owner === 'anon';
}

/** Reads the answer to conceal or generate. */
export function readCreation(json: unknown): Creation {
  const answer = fields(json);
  const record = section(answer, 'record');
  // From 0.24 `receipt`, with a copy as `metadata` in v2; before only `metadata`.
  const receipt = section(record, 'receipt') ?? section(record, 'metadata');
  const secret = section(record, 'secret');
  const owners = [text(receipt, 'owner_id'), text(receipt, 'custid'), text(answer, 'custid')];
  return {
    receiptId: identifier(receipt, 'identifier', 'key'),
    secretId:
      identifier(secret, 'identifier', 'key') ?? identifier(receipt, 'secret_identifier', 'secret_key'),
    // Never `metadata_ttl` or the receipt's `lifespan`: up to 0.23 those are the receipt's, twice as long.
    ttlSeconds: whole(receipt, 'secret_ttl') ?? whole(secret, 'secret_ttl', 'lifespan'),
    shareDomain: text(record, 'share_domain') ?? text(receipt, 'share_domain'),
    anonymous: owners.every(isNobody),
    truncated: flag(secret, 'is_truncated') === true || flag(receipt, 'is_truncated') === true,
  };
}
