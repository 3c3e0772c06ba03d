/**
 * The key schedule: from a link key, and perhaps a passphrase, to the keys of one secret.
 *
 * Source: FORMAT.md, "Key schedule" (HKDF-SHA256: RFC 5869; scrypt: RFC 7914).
 */
import { expand, extract, hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { clean, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64urlnopad } from '@scure/base';
import { SUITE_PASSPHRASE, type Suite } from './suite.ts';

/** scrypt's parameters; memory is 128 * N * r bytes. */
export interface KdfCost {
  N: number;
  r: number;
  p: number;
}

/** The cost in every envelope of version 1: 128 MiB, about 0.3 s natively and 0.7 s in JavaScript. */
export const KDF_COST: KdfCost = { N: 2 ** 17, r: 8, p: 1 };

/** scrypt as a function of passphrase bytes, 32-byte salt and cost to 32 bytes. Implementations must agree to the byte. */
export type Kdf = (passphrase: Uint8Array, salt: Uint8Array, cost: KdfCost) => Promise<Uint8Array>;

/** How keys are stretched; tests inject a low cost, Node a native scrypt. */
export interface KdfOptions {
  kdf?: Kdf | undefined;
  cost?: KdfCost | undefined;
}

/** The keys of one secret. The caller owns the buffers and wipes them with {@link wipeKeys}. */
export interface SecretKeys {
  suite: Suite;
  /** 32 bytes, for XChaCha20-Poly1305. */
  payloadKey: Uint8Array;
  /** 32 bytes in the envelope's header, so that one ciphertext opens under one key only. */
  commitment: Uint8Array;
  /** The server's passphrase for gated suites: 48 characters. */
  gateToken: string;
}

/** Domain separation: "ots/1" and the suite. */
export function labelOf(suite: number): Uint8Array {
  return concatBytes(utf8ToBytes('ots/1'), Uint8Array.of(suite));
}

/** The 32-byte salt for scrypt: bound to link key and suite, so no table serves two secrets. */
export function scryptSalt(suite: Suite, linkKey: Uint8Array): Uint8Array {
  return hkdf(sha256, linkKey, labelOf(suite), utf8ToBytes('scrypt salt'), 32);
}

/**
 * Derives all keys of a secret. Two scrypts run at a time at most (128 MiB each).
 *
 * @param linkKey 32 bytes; the caller keeps it
 * @param passphrase prepared bytes (see preparePassphrase); required for suite 0x13 and only there
 */
export async function deriveKeys(
  suite: Suite,
  linkKey: Uint8Array,
  passphrase?: Uint8Array,
  options: KdfOptions = {},
): Promise<SecretKeys> {
  if (suite !== SUITE_PASSPHRASE) return expandKeys(suite, linkKey);
  if (passphrase === undefined) throw new TypeError('suite 0x13 needs a passphrase');
  const stretched = await stretch(passphrase, scryptSalt(suite, linkKey), options);
  const ikm = concatBytes(linkKey, stretched);
  const keys = expandKeys(suite, ikm);
  clean(stretched, ikm);
  return keys;
}

/** HKDF-Extract once, then one HKDF-Expand for each key. @param ikm link key, or link key || stretched passphrase */
export function expandKeys(suite: Suite, ikm: Uint8Array): SecretKeys {
  const prk = extract(sha256, ikm, labelOf(suite));
  const key = (info: string): Uint8Array => expand(sha256, prk, utf8ToBytes(info), 32);
  const keys = {
    suite,
    payloadKey: key('payload key'),
    commitment: key('commitment'),
    gateToken: encodeGateToken(key('server gate')),
  };
  clean(prk);
  return keys;
}

/** The gate as a server's passphrase field sees it. @param gate 32 bytes @returns 48 characters */
export function encodeGateToken(gate: Uint8Array): string {
  return `Ots1-${base64urlnopad.encode(gate)}`;
}

/** Overwrites the key buffers. Best effort: the gate token is a string, and the engine may have copied anything. */
export function wipeKeys(keys: SecretKeys): void {
  clean(keys.payloadKey, keys.commitment);
}

/** So many scrypts run at a time: each takes 128 MiB. */
const STRETCHES = 2;
let stretching = 0;
const waiting: (() => void)[] = [];

/** Runs scrypt when fewer than two others run, however those end. */
async function stretch(passphrase: Uint8Array, salt: Uint8Array, options: KdfOptions): Promise<Uint8Array> {
  const { kdf = portableScrypt, cost = KDF_COST } = options;
  if (stretching < STRETCHES) stretching++;
  else await new Promise<void>((go) => waiting.push(go));
  try {
    return await kdf(passphrase, salt, cost);
  } finally {
    // Whoever waits takes this place; else it is free.
    const next = waiting.shift();
    if (next === undefined) stretching--;
    else next();
  }
}

/**
 * scrypt in JavaScript, for runtimes without a native one. Loaded when first needed.
 *
 * @param onProgress called now and then with the part that is done, 0 to 1
 */
export async function portableScrypt(
  passphrase: Uint8Array,
  salt: Uint8Array,
  cost: KdfCost,
  onProgress?: (part: number) => void,
): Promise<Uint8Array> {
  const { scryptAsync } = await import('@noble/hashes/scrypt.js');
  const maxmem = 256 * cost.N * cost.r + 2 ** 20;
  return scryptAsync(passphrase, salt, { ...cost, dkLen: 32, maxmem, ...(onProgress && { onProgress }) });
}
