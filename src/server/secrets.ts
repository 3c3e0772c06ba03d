/**
 * What can be done to secrets, in no dialect: make one, look, reveal, burn, show its receipt. The routes translate
 * requests into these acts and their outcomes into answers.
 *
 * The order inside an act is the safety of it: a passphrase is checked first, slowly, and the store's one atomic take
 * comes last, so a wrong passphrase spends nothing and two right ones get one secret between them.
 */

import type { Account } from './accounts.ts';
import { textOf } from './body.ts';
import { isSameClaim, readClaim } from './claims.ts';
import {
  type Caller,
  type Creation,
  createSecret,
  generatedLength,
  MAX_PASSPHRASE_CHARACTERS,
  type Rules,
} from './creation.ts';
import type { Params } from './form.ts';
import { generateValue } from './generate.ts';
import type { Lock, Lockout } from './lockout.ts';
import type { PassphraseHasher } from './passphrase.ts';
import type { Claim } from './stores/types.ts';
import { createTurns } from './turns.ts';
import type { ReceiptRecord, SecretRecord, Vault } from './vault.ts';

const RECENT_MS = 30 * 86_400_000;
const MAX_MEMO_CHARACTERS = 500;
/** How long the maker of a generated secret may be shown its value by the receipt. */
const DISPLAY_WINDOW_MS = 60_000;

export interface Parts {
  vault: Vault;
  lockout: Lockout;
  passphrases: PassphraseHasher;
  /** Milliseconds since 1970. */
  now: () => number;
  rules: Rules;
}

/** Who presents which passphrase, and how a wrong one counts. */
export interface Presented {
  passphrase: unknown;
  /** Caller's address; undefined where only the limit over all callers applies. */
  address: string | undefined;
  /** Whether presenting none counts as a wrong try. */
  emptyCounts: boolean;
  /** Without it nothing is consumed: the passphrase is only checked. */
  proceed: boolean;
  /** A reveal that may be repeated, as the request has it. */
  claim?: unknown;
}

type Denied = { outcome: 'gone' } | { outcome: 'wrong' } | { outcome: 'locked'; lock: Lock };

export type Revelation =
  | { outcome: 'revealed'; secret: SecretRecord; text: string }
  | { outcome: 'kept'; secret: SecretRecord }
  | { outcome: 'malformed_claim' }
  | Denied;

export type Burning =
  /** `receipt` is as it was before; `lost` when the secret went while this burn was under way. */
  { outcome: 'burned' | 'kept' | 'lost'; receipt: ReceiptRecord } | { outcome: 'unknown' } | Denied;

export interface Secrets {
  readonly rules: Rules;
  conceal(payload: Params, caller: Caller): Promise<Creation>;
  generate(payload: Params, caller: Caller): Promise<Creation>;
  /** Whether and how a secret is there; noted on its receipt. */
  look(secretId: string): Promise<SecretRecord | undefined>;
  reveal(secretId: string, presented: Presented): Promise<Revelation>;
  receipt(receiptId: string): Promise<ReceiptRecord | undefined>;
  /** The value of a secret made by `generate`, for its maker: once, in its first minute. */
  display(receipt: ReceiptRecord): Promise<string | undefined>;
  burn(receiptId: string, presented: Presented): Promise<Burning>;
  /** Erases what is kept for a claim: it has arrived. False when it is no claim. */
  acknowledge(secretId: string, claim: unknown): Promise<boolean>;
  /** What an account made in the last 30 days, newest first. */
  recent(account: Account): Promise<ReceiptRecord[]>;
  /** Replaces the memo of an account's own receipt. */
  setMemo(receiptId: string, account: Account | undefined, memo: unknown): Promise<MemoOutcome>;
}

export type MemoOutcome =
  | { outcome: 'unknown' | 'not_owner' | 'too_long' | 'malformed' }
  | { outcome: 'set'; receipt: ReceiptRecord };

/** The acts over one store. */
export function createSecrets(parts: Parts): Secrets {
  const { vault } = parts;
  const turns = createTurns();
  return {
    rules: parts.rules,
    conceal: (payload, caller) =>
      createSecret(parts, { payload, caller, kind: 'conceal', text: textOf(payload.secret) }),
    async generate(payload, caller) {
      const length = generatedLength(payload.length);
      if (typeof length === 'string') return { outcome: 'refused', reason: length };
      return createSecret(parts, { payload, caller, kind: 'generate', text: generateValue(length) });
    },
    async look(secretId) {
      const secret = await vault.peek(secretId);
      // What is kept for a claim is gone for everybody who only looks.
      if (secret === undefined || secret.claimHash !== undefined) return undefined;
      // A note that cannot be written must not keep anybody from looking.
      await vault.noteAccess(secret).catch(() => undefined);
      return secret;
    },
    // One at a time for each secret, so that whoever comes second learns that it is gone before any slow hashing.
    async reveal(secretId, presented) {
      const claim = readClaim(presented.claim);
      if (claim === 'malformed') return { outcome: 'malformed_claim' };
      return turns.take(secretId, () => reveal(parts, secretId, presented, claim));
    },
    receipt: (receiptId) => vault.receipt(receiptId),
    display: ({ kind, state, receiptId, secretId }) =>
      kind === 'generate' && state === 'new' && secretId !== undefined
        ? vault.display(receiptId, secretId, DISPLAY_WINDOW_MS)
        : Promise.resolve(undefined),
    async burn(receiptId, presented) {
      const receipt = await vault.receipt(receiptId);
      if (receipt === undefined) return { outcome: 'unknown' };
      const { secretId } = receipt;
      if (secretId !== undefined)
        return turns.take(secretId, () => burn(parts, receipt, secretId, presented));
      // Revealed, but what is kept for a claim goes now.
      if (receipt.state === 'revealed' && presented.proceed) await vault.burn(receiptId);
      return { outcome: 'gone' };
    },
    async acknowledge(secretId, value) {
      const claim = readClaim(value);
      if (claim === undefined || claim === 'malformed') return false;
      await vault.acknowledge(secretId, claim.hash);
      return true;
    },
    recent: (account) => vault.recent(account, parts.now() - RECENT_MS),
    setMemo: (receiptId, account, memo) => setMemo(vault, receiptId, account, memo),
  };
}

async function setMemo(
  vault: Vault,
  receiptId: string,
  account: Account | undefined,
  memo: unknown,
): Promise<MemoOutcome> {
  const receipt = await vault.receipt(receiptId);
  if (receipt === undefined) return { outcome: 'unknown' };
  if (account === undefined || receipt.owner?.id !== account.id) return { outcome: 'not_owner' };
  const text = textOf(memo);
  if (text === undefined) return { outcome: 'malformed' };
  if ([...text].length > MAX_MEMO_CHARACTERS) return { outcome: 'too_long' };
  await vault.setMemo(receiptId, text);
  const changed = await vault.receipt(receiptId);
  return changed === undefined ? { outcome: 'unknown' } : { outcome: 'set', receipt: changed };
}

/** Checks the passphrase of a secret that is there. @returns undefined when nothing stands in the way. */
async function deny(parts: Parts, secret: SecretRecord, presented: Presented): Promise<Denied | undefined> {
  if (secret.passphraseHash === undefined) return undefined;
  const attempt = { secretId: secret.secretId, address: presented.address };
  const passphrase = textOf(presented.passphrase);
  const uncounted = passphrase === '' && !presented.emptyCounts;
  const lock = uncounted ? await parts.lockout.check(attempt) : await parts.lockout.charge(attempt);
  if (lock !== undefined) return { outcome: 'locked', lock };
  // What could never have been set needs no slow check; its length is no secret.
  const possible =
    passphrase !== undefined && passphrase !== '' && passphrase.length <= 2 * MAX_PASSPHRASE_CHARACTERS;
  if (!possible || !(await parts.passphrases.verify(passphrase, secret.passphraseHash)))
    return { outcome: 'wrong' };
  await parts.lockout.forgive(attempt);
  return undefined;
}

async function reveal(
  parts: Parts,
  secretId: string,
  presented: Presented,
  claim: Claim | undefined,
): Promise<Revelation> {
  const secret = await parts.vault.peek(secretId);
  if (secret === undefined) return { outcome: 'gone' };
  // Before any passphrase: to everybody without its claim it is gone, and nothing is counted.
  if (secret.claimHash !== undefined && !isSameClaim(secret.claimHash, claim)) return { outcome: 'gone' };
  const denied = await deny(parts, secret, presented);
  if (denied !== undefined) return denied;
  if (!presented.proceed) return { outcome: 'kept', secret };
  // The one take. It may have been burned, revealed elsewhere or expired since the look above.
  const text = await parts.vault.reveal(secret, claim);
  return text === undefined ? { outcome: 'gone' } : { outcome: 'revealed', secret, text };
}

async function burn(
  parts: Parts,
  receipt: ReceiptRecord,
  secretId: string,
  presented: Presented,
): Promise<Burning> {
  const secret = await parts.vault.peek(secretId);
  if (secret === undefined) return { outcome: 'lost', receipt };
  if (secret.claimHash === undefined) {
    const denied = await deny(parts, secret, presented);
    if (denied !== undefined) return denied;
  }
  if (!presented.proceed) return { outcome: 'kept', receipt };
  return { outcome: (await parts.vault.burn(receipt.receiptId)) ? 'burned' : 'lost', receipt };
}
