/**
 * What can be done to secrets, in no dialect: make one, look, reveal, burn, show its receipt. The routes translate
 * requests into these acts and their outcomes into answers.
 *
 * The order inside an act is the safety of it: a passphrase is checked first, slowly, and the store's one atomic take
 * comes last, so a wrong passphrase spends nothing and two right ones get one secret between them.
 */

import { textOf } from './body.ts';
import type { Params } from './form.ts';
import { DEFAULT_GENERATED_LENGTH, generateValue, MAX_GENERATED_LENGTH } from './generate.ts';
import { newIdentifier } from './identifiers.ts';
import { grantTtlSeconds, leadingInteger } from './lifetime.ts';
import type { Lock, Lockout } from './lockout.ts';
import type { PassphraseHasher } from './passphrase.ts';
import type { ReceiptRecord, SecretKind, SecretRecord, Store } from './stores/types.ts';
import { createTurns } from './turns.ts';

const MIN_PASSPHRASE_CHARACTERS = 4;
const MAX_PASSPHRASE_CHARACTERS = 128;
/** How long the maker of a generated secret may be shown its value by the receipt. */
const DISPLAY_WINDOW_MS = 60_000;

export interface Parts {
  store: Store;
  lockout: Lockout;
  passphrases: PassphraseHasher;
  maxTextBytes: number;
}

export type Refusal =
  | 'malformed'
  | 'empty'
  | 'too_large'
  | 'passphrase_short'
  | 'passphrase_long'
  | 'recipient'
  | 'length'
  | 'length_long';

export interface Created {
  outcome: 'created';
  receipt: ReceiptRecord;
  secretId: string;
  text: string;
}

export type Creation = Created | { outcome: 'refused'; reason: Refusal };

/** Who presents which passphrase, and how a wrong one counts. */
export interface Presented {
  passphrase: unknown;
  /** Caller's address; undefined where only the limit over all callers applies. */
  address: string | undefined;
  /** Whether presenting none counts as a wrong try. */
  emptyCounts: boolean;
  /** Without it nothing is consumed: the passphrase is only checked. */
  proceed: boolean;
}

type Denied = { outcome: 'gone' } | { outcome: 'wrong' } | { outcome: 'locked'; lock: Lock };

export type Revelation =
  | { outcome: 'revealed'; secret: SecretRecord; text: string }
  | { outcome: 'kept'; secret: SecretRecord }
  | Denied;

export type Burning =
  /** `receipt` is as it was before. */
  { outcome: 'burned' | 'kept'; receipt: ReceiptRecord } | { outcome: 'unknown' } | Denied;

export interface Secrets {
  readonly maxTextBytes: number;
  conceal(payload: Params): Promise<Creation>;
  generate(payload: Params): Promise<Creation>;
  /** Whether and how a secret is there; noted on its receipt. */
  look(secretId: string): Promise<SecretRecord | undefined>;
  reveal(secretId: string, presented: Presented): Promise<Revelation>;
  receipt(receiptId: string): Promise<ReceiptRecord | undefined>;
  /** The value of a secret made by `generate`, for its maker: once, in its first minute. */
  display(receipt: ReceiptRecord): Promise<string | undefined>;
  burn(receiptId: string, presented: Presented): Promise<Burning>;
}

/** The acts over one store. */
export function createSecrets(parts: Parts): Secrets {
  const { store } = parts;
  const turns = createTurns();
  return {
    maxTextBytes: parts.maxTextBytes,
    conceal: (payload) => create(parts, payload, 'conceal', textOf(payload.secret)),
    async generate(payload) {
      const length = generatedLength(payload.length);
      if (typeof length === 'string') return { outcome: 'refused', reason: length };
      return create(parts, payload, 'generate', generateValue(length));
    },
    async look(secretId) {
      const secret = await store.peek(secretId);
      if (secret !== undefined) await store.noteAccess(secretId);
      return secret;
    },
    // One at a time for each secret, so that tries made at once are counted like tries made in a row, and so that
    // whoever comes second learns that it is gone before any slow hashing.
    reveal: (secretId, presented) => turns.take(secretId, () => reveal(parts, secretId, presented)),
    receipt: (receiptId) => store.receipt(receiptId),
    display: (receipt) =>
      receipt.kind === 'generate' && receipt.state === 'new'
        ? store.claimDisplay(receipt.receiptId, DISPLAY_WINDOW_MS)
        : Promise.resolve(undefined),
    async burn(receiptId, presented) {
      const receipt = await store.receipt(receiptId);
      if (receipt === undefined) return { outcome: 'unknown' };
      const { secretId } = receipt;
      if (secretId === undefined) return { outcome: 'gone' };
      return turns.take(secretId, () => burn(parts, receipt, secretId, presented));
    },
  };
}

async function create(
  parts: Parts,
  payload: Params,
  kind: SecretKind,
  text: string | undefined,
): Promise<Creation> {
  const passphrase = textOf(payload.passphrase);
  const ttlSeconds = grantTtlSeconds(payload.ttl);
  if (text === undefined || passphrase === undefined || ttlSeconds === undefined) {
    return { outcome: 'refused', reason: 'malformed' };
  }
  const reason = refusal(parts.maxTextBytes, text, passphrase, payload.recipient);
  if (reason !== undefined) return { outcome: 'refused', reason };
  const passphraseHash = passphrase === '' ? undefined : await parts.passphrases.hash(passphrase);
  const secretId = newIdentifier();
  const receiptId = newIdentifier();
  const receipt = await parts.store.create({ secretId, receiptId, text, passphraseHash, kind, ttlSeconds });
  return { outcome: 'created', receipt, secretId, text };
}

function refusal(
  maxTextBytes: number,
  text: string,
  passphrase: string,
  recipient: unknown,
): Refusal | undefined {
  if (text === '') return 'empty';
  if (Buffer.byteLength(text, 'utf8') > maxTextBytes) return 'too_large';
  if ([recipient].flat().some((one) => one !== undefined && one !== null && one !== '')) return 'recipient';
  if (passphrase === '') return undefined;
  // Characters as people count them: a pair of surrogates is one.
  const characters = [...passphrase].length;
  if (characters < MIN_PASSPHRASE_CHARACTERS) return 'passphrase_short';
  if (characters > MAX_PASSPHRASE_CHARACTERS) return 'passphrase_long';
  return undefined;
}

function generatedLength(requested: unknown): number | 'length' | 'length_long' {
  if (requested === undefined || requested === null) return DEFAULT_GENERATED_LENGTH;
  const length = typeof requested === 'string' ? leadingInteger(requested) : requested;
  if (typeof length !== 'number' || !(length >= 1)) return 'length';
  return length > MAX_GENERATED_LENGTH ? 'length_long' : Math.trunc(length);
}

/** Checks the passphrase of a secret that is there. @returns undefined when nothing stands in the way. */
async function deny(parts: Parts, secret: SecretRecord, presented: Presented): Promise<Denied | undefined> {
  if (secret.passphraseHash === undefined) return undefined;
  const attempt = { secretId: secret.secretId, address: presented.address };
  const lock = await parts.lockout.check(attempt);
  if (lock !== undefined) return { outcome: 'locked', lock };
  const passphrase = textOf(presented.passphrase);
  if (passphrase === '' && !presented.emptyCounts) return { outcome: 'wrong' };
  // What could never have been set needs no slow check; its length is no secret.
  const possible =
    passphrase !== undefined && passphrase !== '' && passphrase.length <= 2 * MAX_PASSPHRASE_CHARACTERS;
  if (possible && (await parts.passphrases.verify(passphrase, secret.passphraseHash))) {
    await parts.lockout.clear(attempt);
    return undefined;
  }
  await parts.lockout.miss(attempt);
  return { outcome: 'wrong' };
}

async function reveal(parts: Parts, secretId: string, presented: Presented): Promise<Revelation> {
  const secret = await parts.store.peek(secretId);
  if (secret === undefined) return { outcome: 'gone' };
  const denied = await deny(parts, secret, presented);
  if (denied !== undefined) return denied;
  if (!presented.proceed) return { outcome: 'kept', secret };
  // The one take. It may have been burned, revealed elsewhere or expired since the look above.
  const text = await parts.store.reveal(secretId);
  return text === undefined ? { outcome: 'gone' } : { outcome: 'revealed', secret, text };
}

async function burn(
  parts: Parts,
  receipt: ReceiptRecord,
  secretId: string,
  presented: Presented,
): Promise<Burning> {
  const secret = await parts.store.peek(secretId);
  if (secret === undefined) return { outcome: 'gone' };
  const denied = await deny(parts, secret, presented);
  if (denied !== undefined) return denied;
  if (!presented.proceed) return { outcome: 'kept', receipt };
  return (await parts.store.burn(receipt.receiptId)) ? { outcome: 'burned', receipt } : { outcome: 'gone' };
}
