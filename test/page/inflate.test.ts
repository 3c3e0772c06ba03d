/** The pages' inflation against every vector, and against zlib: same output, same refusals. */
import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveKeys, type Inflate, openSecret, preparePassphrase } from '../../src/core/index.ts';
import { nativeInflate, nativeScrypt } from '../../src/local/primitives.ts';
import { browserDeflate } from '../../src/page/deflate.ts';
import { portableInflate } from '../../src/page/inflate.ts';
import { expectClass, type OpenCase, type RefusedCase, readVectors } from '../support/vectors.ts';

const vectors = readVectors<{
  open_ok: OpenCase[];
  open_refused: RefusedCase[];
  text_ok: OpenCase[];
  text_refused: RefusedCase[];
}>('envelope.json');

let inflated = 0;

async function open(vector: OpenCase | RefusedCase) {
  const prepared = vector.passphrase === undefined ? undefined : preparePassphrase(vector.passphrase);
  const options = { kdf: nativeScrypt, cost: vector.kdf };
  const keys = await deriveKeys(vector.suite, hexToBytes(vector.linkKey), prepared, options);
  return openSecret(vector.text, keys, {
    inflate(bytes, limit) {
      inflated++;
      return portableInflate(bytes, limit);
    },
    passphraseTested: vector.gateAccepted,
  });
}

describe('vectors', () => {
  it.each([...vectors.open_ok, ...vectors.text_ok])('opened: $name', async (vector) => {
    const { body } = await open(vector);
    expect(bytesToHex(sha256(body))).toBe(vector.expect.bodySha256);
  });

  it.each([...vectors.open_refused, ...vectors.text_refused])('refused: $name: $expect', async (vector) => {
    await expectClass(vector.expect, () => open(vector));
  });

  it('inflated something at all', () => {
    expect(inflated).toBeGreaterThan(5);
  });
});

function outcome(inflate: Inflate, stream: Uint8Array, limit: number) {
  try {
    const { output, consumedBytes } = inflate(stream, limit);
    return { output: bytesToHex(output), consumedBytes };
  } catch {
    return 'refused';
  }
}

describe('beside zlib', () => {
  const bodies = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 3000 }),
    fc
      .array(fc.constantFrom(1, 2, 3, 250), { minLength: 1, maxLength: 20_000 })
      .map((a) => Uint8Array.from(a)),
  );
  const levels = fc.constantFrom(0, 1, 6, 9);

  it('gives the same for whole streams, and says where they end', () => {
    fc.assert(
      fc.property(bodies, levels, fc.uint8Array({ maxLength: 3 }), (body, level, tail) => {
        const stream = deflateRawSync(body, { level });
        const { output, consumedBytes } = portableInflate(Buffer.concat([stream, tail]), body.length + 1);
        expect(Buffer.from(output).equals(body)).toBe(true);
        expect(consumedBytes).toBe(stream.length);
      }),
    );
  });

  it('refuses what is cut off, and what is longer than allowed', () => {
    fc.assert(
      fc.property(bodies, levels, fc.nat(), (body, level, at) => {
        const stream = deflateRawSync(body, { level });
        expect(() => portableInflate(stream.subarray(0, at % stream.length), body.length)).toThrow();
        expect(() => portableInflate(stream, body.length - 1)).toThrow();
        expect(portableInflate(stream, body.length).output).toHaveLength(body.length);
      }),
    );
  });

  it('refuses and gives the same for streams with a bit changed', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.nat({ max: 7 }), (body, at, bit) => {
        const stream = Uint8Array.from(deflateRawSync(body));
        stream[at % stream.length] = (stream[at % stream.length] ?? 0) ^ (1 << bit);
        const limit = body.length + 1;
        expect(outcome(portableInflate, stream, limit)).toEqual(outcome(nativeInflate, stream, limit));
      }),
    );
  });

  it('refuses and gives the same for bits at random, also behind a header of codes', () => {
    const starts = fc.constantFrom([], [0x05], [0x04], [0x01], [0x05, 0xc0, 0x81], [0xed, 0xc1, 0x01, 0x01]);
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 200 }), (start, noise) => {
        const stream = Uint8Array.from([...start, ...noise]);
        expect(outcome(portableInflate, stream, 5000)).toEqual(outcome(nativeInflate, stream, 5000));
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses and gives the same when codes are changed: the bits in front of a block with its own codes', () => {
    const text = Buffer.from(readFileSync(new URL(import.meta.url), 'utf8'));
    const stream = deflateRawSync(text);
    for (let bit = 0; bit < 8 * 120; bit++) {
      const changed = Uint8Array.from(stream);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const limit = text.length + 1;
      expect(outcome(portableInflate, changed, limit)).toEqual(outcome(nativeInflate, changed, limit));
    }
  });

  it('deflates what zlib inflates', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const stream = (await browserDeflate?.(body)) ?? new Uint8Array();
        const { output, consumedBytes } = nativeInflate(stream, body.length);
        expect(Buffer.from(output).equals(body)).toBe(true);
        expect(consumedBytes).toBe(stream.length);
      }),
    );
  });
});
