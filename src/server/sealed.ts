/**
 * Encryption at rest: from an identifier come the name that its record is stored under and the key that opens it, and
 * neither leads back. Whoever has the store but no link has nothing but sizes and times.
 *
 * AES-256-GCM of Node itself, since it is the fastest there is here (a reveal costs microseconds) and its one trap, a
 * repeated nonce under one key, cannot come up: each identifier has a key of its own, which seals a handful of boxes in
 * its life, each under a fresh random nonce of 96 bits. A box says what it is through its associated data, so none can
 * be put in another's place.
 */

import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import { linkedPart } from './identifiers.ts';
import { takeRandom } from './random.ts';
import type { Ref } from './stores/types.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Names are hashes of what nobody can choose or guess: 128 bits keep them apart, and they are in memory twice. */
const NAME_BYTES = 16;
const DOMAIN = 'ots server at rest 1';

/** What a box holds; sealed into it as associated data. */
export type BoxKind = 'text' | 'gate' | 'receipt' | 'memo' | 'list';

export interface Derived {
  ref: Ref;
  /** 32 bytes. */
  key: Uint8Array;
}

/**
 * Derives name and key of a record: one SHA-512, whose two halves tell nothing about each other. A single step is
 * enough because the secret is uniform or long already, and it takes a third of HMAC's time, three times a request.
 * What is published is half of the state, so nobody can compute on from it.
 * @param secret what only those know who may open it: an identifier, or an account's token.
 * @param purpose keeps a secret's names apart from a receipt's; one line.
 * Source: NIST SP 800-56C, section 4, option 1
 */
function derive(secret: string, purpose: string): { name: Buffer; key: Buffer } {
  const bytes = hash('sha512', `${DOMAIN}\n${purpose}\n${secret}`, 'buffer');
  return { name: bytes.subarray(0, NAME_BYTES), key: bytes.subarray(KEY_BYTES) };
}

/** One request asks several times for the same record; deriving it is a tenth of a reveal each time. */
const recent = new Map<string, Derived>();
const RECENT = 8;

/** The record of a secret or receipt, by its identifier. */
export function recordOf(identifier: string, kind: 'secret' | 'receipt'): Derived {
  const asked = `${kind} ${identifier}`;
  const known = recent.get(asked);
  if (known !== undefined) return known;
  const { name, key } = derive(identifier, kind);
  const derived = { ref: { tag: tagOf(linkedPart(identifier)), key: name.toString('base64url') }, key };
  const [oldest] = recent.keys();
  if (recent.size >= RECENT && oldest !== undefined) recent.delete(oldest);
  recent.set(asked, derived);
  return derived;
}

/** The record of an account, by its name; opened by the key that its token gives. */
export function accountOf(user: string, token: string): Derived {
  return { ref: accountRef(user), key: derive(`${user}\n${token}`, 'account list').key };
}

export function accountRef(user: string): Ref {
  const key = digest('account', user);
  return { tag: key.slice(0, 22), key };
}

/** A hashed name in base64url. */
export function digest(...parts: string[]): string {
  return hash('sha256', parts.join('\n'), 'base64url');
}

function tagOf(linked: string): string {
  return digest('tag', linked).slice(0, 22);
}

/** @returns nonce, ciphertext and tag: 28 bytes more than `plain`. */
export function seal(key: Uint8Array, kind: BoxKind, plain: string): Uint8Array {
  const nonce = takeRandom(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(kind));
  return Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when the box was changed, or is another's. */
export function open(key: Uint8Array, kind: BoxKind, box: Uint8Array): string {
  const end = box.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(kind)).setAuthTag(box.subarray(end));
  const plain = decipher.update(box.subarray(NONCE_BYTES, end));
  decipher.final();
  return plain.toString('utf8');
}
