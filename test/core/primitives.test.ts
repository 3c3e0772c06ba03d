/** The published vectors, run on the primitives exactly as core and local wire them. */

import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { poly1305 } from '@noble/ciphers/_poly1305.js';
import { chacha20, chacha20poly1305, hchacha, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base58, base64urlnopad } from '@scure/base';
import { describe, expect, it } from 'vitest';
import { readVectors } from '../support/vectors.ts';

interface Aead {
  name: string;
  key: string;
  nonce: string;
  associatedData: string;
  plaintext: string;
  ciphertext: string;
  tag?: string;
}

const vectors = readVectors<{
  hkdf_sha256: {
    name: string;
    ikm: string;
    salt: string;
    info: string;
    length: number;
    prk: string;
    okm: string;
  }[];
  scrypt: {
    name: string;
    password: string;
    salt: string;
    N: number;
    r: number;
    p: number;
    length: number;
    derived: string;
    slow?: boolean;
  }[];
  chacha20: {
    name: string;
    key: string;
    nonce: string;
    counter: number;
    plaintext: string;
    ciphertext: string;
  }[];
  hchacha20: { name: string; key: string; nonce: string; subkey: string }[];
  poly1305: { name: string; key: string; message: string; tag: string }[];
  chacha20_poly1305: Aead[];
  xchacha20_poly1305: Aead[];
  base64url: { name: string; bytes: string; text: string }[];
  base64url_refused: { name: string; text: string }[];
  base58: { name: string; bytes: string; text: string }[];
}>('primitives.json');

const nativeScrypt = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);

describe('HKDF-SHA256 (RFC 5869)', () => {
  it.each(vectors.hkdf_sha256)('$name', ({ ikm, salt, info, length, prk, okm }) => {
    const extracted = extract(sha256, hexToBytes(ikm), hexToBytes(salt));
    expect(bytesToHex(extracted)).toBe(prk);
    expect(bytesToHex(expand(sha256, extracted, hexToBytes(info), length))).toBe(okm);
  });
});

describe('scrypt (RFC 7914)', () => {
  it.each(vectors.scrypt)('$name, native', async ({ password, salt, N, r, p, length, derived }) => {
    const options = { N, r, p, maxmem: 256 * N * r + 2 ** 20 };
    const key = await nativeScrypt(Buffer.from(password, 'hex'), Buffer.from(salt, 'hex'), length, options);
    expect(bytesToHex(key)).toBe(derived);
  });

  it.each(vectors.scrypt.filter(({ slow }) => !slow))('$name, portable', async (vector) => {
    const { password, salt, N, r, p, length, derived } = vector;
    const key = await scryptAsync(hexToBytes(password), hexToBytes(salt), { N, r, p, dkLen: length });
    expect(bytesToHex(key)).toBe(derived);
  });
});

describe('ciphers (RFC 8439, draft-irtf-cfrg-xchacha-03)', () => {
  it.each(vectors.chacha20)('ChaCha20: $name', ({ key, nonce, counter, plaintext, ciphertext }) => {
    const stream = chacha20(hexToBytes(key), hexToBytes(nonce), hexToBytes(plaintext), undefined, counter);
    expect(bytesToHex(stream)).toBe(ciphertext);
  });

  it.each(vectors.poly1305)('Poly1305: $name', ({ key, message, tag }) => {
    expect(bytesToHex(poly1305(hexToBytes(message), hexToBytes(key)))).toBe(tag);
  });

  it.each([
    ...vectors.chacha20_poly1305.map((vector) => ({ ...vector, cipher: chacha20poly1305 })),
    ...vectors.xchacha20_poly1305.map((vector) => ({ ...vector, cipher: xchacha20poly1305 })),
  ])('AEAD: $name', ({ cipher, key, nonce, associatedData, plaintext, ciphertext, tag = '' }) => {
    const sealed = ciphertext + tag;
    const aead = () => cipher(hexToBytes(key), hexToBytes(nonce), hexToBytes(associatedData));
    expect(bytesToHex(aead().encrypt(hexToBytes(plaintext)))).toBe(sealed);
    expect(bytesToHex(aead().decrypt(hexToBytes(sealed)))).toBe(plaintext);
    const flipped = hexToBytes(sealed);
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    expect(() => aead().decrypt(flipped)).toThrow();
  });

  it.each(vectors.hchacha20)('HChaCha20: $name', ({ key, nonce, subkey }) => {
    const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice().buffer);
    const out = new Uint32Array(8);
    const constants = words(new TextEncoder().encode('expand 32-byte k'));
    hchacha(constants, words(hexToBytes(key)), words(hexToBytes(nonce)), out);
    expect(bytesToHex(new Uint8Array(out.buffer))).toBe(subkey);
  });
});

describe('base64url (RFC 4648) and base58', () => {
  it.each(vectors.base64url)('$name', ({ bytes, text }) => {
    expect(base64urlnopad.encode(hexToBytes(bytes))).toBe(text);
    expect(bytesToHex(base64urlnopad.decode(text))).toBe(bytes);
  });

  it.each(vectors.base64url_refused)('refused: $name', ({ text }) => {
    expect(() => base64urlnopad.decode(text)).toThrow();
  });

  it.each(vectors.base58)('base58: $name', ({ bytes, text }) => {
    expect(base58.encode(hexToBytes(bytes))).toBe(text);
    expect(bytesToHex(base58.decode(text))).toBe(bytes);
  });
});
