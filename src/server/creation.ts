/** How a secret comes to be: what is refused, how long it may live, what is kept of its passphrase. */

import type { Account } from './accounts.ts';
import { textOf } from './body.ts';
import type { Params } from './form.ts';
import { DEFAULT_GENERATED_LENGTH, MAX_GENERATED_LENGTH } from './generate.ts';
import { grantTtlSeconds, type Lifetimes, leadingInteger, longestSeconds } from './lifetime.ts';
import type { PassphraseHasher } from './passphrase.ts';
import type { ReceiptRecord, SecretKind, Vault } from './vault.ts';

/** No passphrase is longer. */
export const MAX_PASSPHRASE_CHARACTERS = 128;

/** What a server takes. */
export interface Rules {
  /** Bytes of UTF-8. */
  maxTextBytes: number;
  lifetimes: Lifetimes;
  minPassphraseCharacters: number;
  passphraseRequired: boolean;
}

/** Who asks for something to be made, through which dialect. */
export interface Caller {
  account: Account | undefined;
  v1: boolean;
}

export type Refusal =
  | 'malformed'
  | 'empty'
  | 'too_large'
  | 'passphrase_short'
  | 'passphrase_long'
  | 'passphrase_required'
  | 'recipient'
  | 'no_mail'
  | 'length'
  | 'length_long';

export interface Created {
  outcome: 'created';
  receipt: ReceiptRecord;
  secretId: string;
  text: string;
}

export type Creation = Created | { outcome: 'refused'; reason: Refusal };

export interface CreationParts {
  vault: Vault;
  passphrases: PassphraseHasher;
  rules: Rules;
}

export interface Wanted {
  payload: Params;
  caller: Caller;
  kind: SecretKind;
  text: string | undefined;
}

/** Makes a secret, or says why not. */
export async function createSecret(
  parts: CreationParts,
  { payload, caller, kind, text }: Wanted,
): Promise<Creation> {
  const passphrase = textOf(payload.passphrase);
  const longest = longestSeconds(parts.rules.lifetimes, {
    account: caller.account !== undefined,
    v1: caller.v1,
  });
  const ttlSeconds = grantTtlSeconds(payload.ttl, longest);
  if (text === undefined || passphrase === undefined || ttlSeconds === undefined) {
    return { outcome: 'refused', reason: 'malformed' };
  }
  const reason = refusal(parts.rules, text, passphrase, mailRefusal(payload.recipient, caller));
  if (reason !== undefined) return { outcome: 'refused', reason };
  const passphraseHash = passphrase === '' ? undefined : await parts.passphrases.hash(passphrase);
  const owner = caller.account;
  const made = await parts.vault.create({ text, passphraseHash, kind, ttlSeconds, owner });
  return { outcome: 'created', ...made, text };
}

/** This server mails nobody; whoever has no account hears of that first, as elsewhere. */
function mailRefusal(recipient: unknown, { account }: Caller): Refusal | undefined {
  const isMeant = [recipient].flat().some((one) => one !== undefined && one !== null && one !== '');
  if (!isMeant) return undefined;
  return account === undefined ? 'recipient' : 'no_mail';
}

function refusal(
  rules: Rules,
  text: string,
  passphrase: string,
  mail: Refusal | undefined,
): Refusal | undefined {
  if (text === '') return 'empty';
  if (Buffer.byteLength(text, 'utf8') > rules.maxTextBytes) return 'too_large';
  if (mail !== undefined) return mail;
  if (passphrase === '') return rules.passphraseRequired ? 'passphrase_required' : undefined;
  // Characters as people count them: a pair of surrogates is one.
  const characters = [...passphrase].length;
  if (characters < rules.minPassphraseCharacters) return 'passphrase_short';
  if (characters > MAX_PASSPHRASE_CHARACTERS) return 'passphrase_long';
  return undefined;
}

/** The length of a value to generate; a refusal when it is none. */
export function generatedLength(requested: unknown): number | 'length' | 'length_long' {
  if (requested === undefined || requested === null) return DEFAULT_GENERATED_LENGTH;
  const length = typeof requested === 'string' ? leadingInteger(requested) : requested;
  if (typeof length !== 'number' || !(length >= 1)) return 'length';
  return length > MAX_GENERATED_LENGTH ? 'length_long' : Math.trunc(length);
}
