/**
 * What this machine computes faster than JavaScript: scrypt, DEFLATE. Byte-identical to core's portable forms,
 * which a test checks.
 */
import { scrypt } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Deflate, Inflate, Kdf } from '../core/index.ts';

/** OpenSSL's scrypt, off the event loop. Source: RFC 7914. */
export const nativeScrypt: Kdf = (passphrase, salt, { N, r, p }) =>
  new Promise((resolve, reject) => {
    // OpenSSL counts a little more than 128 * N * r; twice that is never reached.
    scrypt(passphrase, salt, 32, { N, r, p, maxmem: 256 * N * r + 2 ** 20 }, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });

/** Raw DEFLATE at the best level: it runs only when a secret would not fit otherwise. */
export const nativeDeflate: Deflate = (bytes) => deflateRawSync(bytes, { level: 9 });

/** Raw inflation into at most `limit` bytes; a bomb fails before it is unpacked. */
export const nativeInflate: Inflate = (bytes, limit) => {
  // With `info` the result has the engine beside the buffer, which the type declarations do not know.
  const result = inflateRawSync(bytes, { maxOutputLength: limit, info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  return { output: new Uint8Array(result.buffer), consumedBytes: result.engine.bytesWritten };
};
