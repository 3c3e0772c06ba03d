/** The published vectors, run on the primitives exactly as core and local wire them. */

import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { poly1305 } from '@noble/ciphers/_poly1305.js';
import { chacha20, chacha20poly1305, hchacha, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { expand, extract, hkdf } from '@noble/hashes/hkdf.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base58, base64urlnopad } from '@scure/base';
import { describe, expect, it } from 'vitest';
import { portableScrypt } from '../../src/core/keys.ts';
import { nativeScrypt } from '../../src/local/primitives.ts';
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

const opensslScrypt = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);
/** The published key of N = 2^20 takes 1 GiB and seconds, more on a busy machine. */
const SLOW_MS = 120_000;

it('runs every array of the file', () => {
  const names = ['description', 'hkdf_sha256', 'scrypt', 'chacha20', 'hchacha20', 'poly1305'];
  names.push('chacha20_poly1305', 'xchacha20_poly1305', 'base64url', 'base64url_refused', 'base58');
  expect(new Set(Object.keys(vectors))).toEqual(new Set(names));
});

describe('HKDF-SHA256 (RFC 5869)', () => {
  it.each(vectors.hkdf_sha256)('$name', ({ ikm, salt, info, length, prk, okm }) => {
    const extracted = extract(sha256, hexToBytes(ikm), hexToBytes(salt));
    expect(bytesToHex(extracted)).toBe(prk);
    expect(bytesToHex(expand(sha256, extracted, hexToBytes(info), length))).toBe(okm);
    expect(bytesToHex(hkdf(sha256, hexToBytes(ikm), hexToBytes(salt), hexToBytes(info), length))).toBe(okm);
  });
});

describe('scrypt (RFC 7914)', () => {
  // The format takes 32 bytes, and the first 32 of a longer key are the same (PBKDF2's first block).
  it.each(vectors.scrypt)(
    '$name, native as wired',
    async ({ password, salt, N, r, p, derived }) => {
      const key = await nativeScrypt(hexToBytes(password), hexToBytes(salt), { N, r, p });
      expect(bytesToHex(key)).toBe(derived.slice(0, 64));
    },
    SLOW_MS,
  );

  const quick = vectors.scrypt.filter(({ slow }) => !slow);

  it.each(quick)('$name, portable as wired', async ({ password, salt, N, r, p, derived }) => {
    const key = await portableScrypt(hexToBytes(password), hexToBytes(salt), { N, r, p });
    expect(bytesToHex(key)).toBe(derived.slice(0, 64));
  });

  it.each(quick)('$name, both at full length', async ({ password, salt, N, r, p, length, derived }) => {
    const portable = scryptAsync(hexToBytes(password), hexToBytes(salt), { N, r, p, dkLen: length });
    expect(bytesToHex(await portable)).toBe(derived);
    const options = { N, r, p, maxmem: 256 * N * r + 2 ** 20 };
    const native = opensslScrypt(Buffer.from(password, 'hex'), Buffer.from(salt, 'hex'), length, options);
    expect(bytesToHex(await native)).toBe(derived);
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
    // Ciphertext and tag: the tag's place is part of the wiring.
    for (const at of [0, sealed.length / 2 - 1]) {
      const flipped = hexToBytes(sealed);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(() => aead().decrypt(flipped)).toThrow();
    }
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
