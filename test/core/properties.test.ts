/** What must hold for any secret: round trips, sizes, tampering. OTS_TEST_RUNS multiplies the runs. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  deriveKeys,
  OtsError,
  openSecret,
  preparePassphrase,
  type SealOptions,
  sealSecret,
} from '../../src/core/index.ts';
import { paddedFrameBytes, padme } from '../../src/core/padding.ts';
import { encodeTextForm, findTextForms } from '../../src/core/textform.ts';
import { nativeDeflate, nativeInflate, nativeScrypt } from '../../src/local/primitives.ts';

const RUNS = Number(process.env['OTS_TEST_RUNS'] ?? 1);
const runs = (count: number) => ({ numRuns: count * RUNS });
vi.setConfig({ testTimeout: 20_000 * Math.max(1, RUNS) });
const CHEAP = { kdf: nativeScrypt, cost: { N: 16, r: 1, p: 1 } };

/** Lengths at which a frame without metadata jumps to its next padded size, and their neighbours. */
const boundary = fc
  .tuple(fc.integer({ min: 10, max: 15 }), fc.nat({ max: 31 }), fc.integer({ min: -2, max: 2 }))
  .map(([e, steps, off]) => Math.min(40_000, 2 ** e + steps * 2 ** (e - 4) - 6 + off));
const length = fc.oneof(fc.integer({ min: 0, max: 64 }), boundary, fc.integer({ min: 0, max: 40_000 }));

/** Bytes of a seed, by xorshift: fast-check's own arrays are slow at this length. The last one is often zero. */
const body = fc.tuple(length, fc.integer({ min: 1 }), fc.boolean()).map(([bytes, seed, endsInZero]) => {
  let state = seed;
  const result = new Uint8Array(bytes).map(() => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
  if (endsInZero) result.fill(0, -3);
  return result;
});
const prose = fc
  .integer({ min: 1, max: 30_000 })
  .map((bytes) => Buffer.from('some prose '.repeat(bytes / 11 + 1)).subarray(0, bytes));
const SUITES: Partial<SealOptions>[] = [{}, { gated: true }, { passphrase: 'correct horse' }];
const suite = fc.constantFrom(...SUITES);
const filename = fc.option(fc.constantFrom('id_ed25519', 'Übersicht 2026.pdf', 'a'), { nil: undefined });

async function seal(options: SealOptions) {
  const sealed = await sealSecret({ ...CHEAP, ...options });
  const prepared = options.passphrase === undefined ? undefined : preparePassphrase(options.passphrase);
  const keys = await deriveKeys(sealed.suite, sealed.linkKey, prepared, CHEAP);
  const open = (text: string) => openSecret(text, keys, { inflate: nativeInflate, passphraseTested: false });
  return { sealed, open };
}

/** Runs `act`; any failure must be an OtsError of one of the codes. @returns the value, or undefined */
function coded<T>(codes: string[], act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    expect(error).toBeInstanceOf(OtsError);
    expect(codes).toContain((error as OtsError).code);
    return undefined;
  }
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

describe('any secret', () => {
  it('round-trips, whatever its bytes, length, suite and name', async () => {
    await fc.assert(
      fc.asyncProperty(body, suite, filename, async (bytes, options, name) => {
        const { sealed, open } = await seal({ body: bytes, filename: name, ...options });
        const content = open(sealed.text);
        expect(same(content.body, bytes)).toBe(true);
        expect(content.filename).toBe(name);
        expect(content.dropped).toEqual([]);
      }),
      runs(300),
    );
  });

  it('fits the limit it was given, compressed if need be, or is refused', async () => {
    let deflated = 0;
    const room = fc.integer({ min: 0, max: 12_000 });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(body, prose, prose),
        fc.oneof(
          room,
          room.map((more) => 1500 + more),
        ),
        fc.record({ suite, filename, browserHint: fc.boolean() }),
        async (bytes, maxTextBytes, { suite: chosen, ...rest }) => {
          const deflate: typeof nativeDeflate = (input) => {
            deflated++;
            return nativeDeflate(input);
          };
          const options = { body: bytes, maxTextBytes, deflate, ...rest, ...chosen };
          const made = await seal(options).catch((error: unknown) => error);
          if (made instanceof Error) {
            expect(made).toMatchObject({ name: 'OtsError', code: 'refused' });
            return;
          }
          const { sealed, open } = made as Awaited<ReturnType<typeof seal>>;
          expect(Buffer.byteLength(sealed.text)).toBeLessThanOrEqual(maxTextBytes);
          const content = open(sealed.text);
          expect(same(content.body, bytes)).toBe(true);
          expect(content.filename).toBe(rest.filename);
        },
      ),
      runs(300),
    );
    expect(deflated).toBeGreaterThan(20);
  });
});

describe.each([
  ['key only', {}],
  ['gated', { gated: true }],
  ['with a passphrase', { passphrase: 'correct horse' }],
  ['compressed', { maxTextBytes: 2000, deflate: nativeDeflate }],
])('a secret (%s)', (_, options: Partial<SealOptions>) => {
  const secret = Buffer.from('the secret '.repeat(options.deflate ? 1000 : 1));
  const codes = options.passphrase ? ['damaged', 'wrong_passphrase'] : ['damaged'];
  const sealing = seal({ body: secret, ...options });

  it('with any bit flipped fails with a code and gives nothing', async () => {
    const { sealed, open } = await sealing;
    const envelope = findTextForms(sealed.text)[0]!;
    fc.assert(
      fc.property(fc.nat({ max: envelope.length * 8 - 1 }), (bit) => {
        const flipped = Uint8Array.from(envelope);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        // Only a commitment that differs can be the passphrase's fault.
        const allowed = bit >> 3 >= 25 && bit >> 3 < 57 ? codes : ['damaged'];
        expect(coded(allowed, () => open(encodeTextForm(flipped)))).toBeUndefined();
      }),
      runs(400),
    );
  });

  it('with its end or its beginning cut off, or a piece cut out, gives nothing', async () => {
    const { sealed, open } = await sealing;
    const { text } = sealed;
    const end = text.length - 1;
    fc.assert(
      // Without its end mark a text form is still whole; anything less is not.
      fc.property(fc.nat({ max: end - 1 }), fc.integer({ min: 1, max: end }), (from, count) => {
        expect(coded(codes, () => open(text.slice(0, from)))).toBeUndefined();
        expect(coded(codes, () => open(text.slice(from + 1)))).toBeUndefined();
        const rest = text.slice(0, from) + text.slice(Math.min(end, from + count));
        expect(coded(codes, () => open(rest))).toBeUndefined();
      }),
      runs(400),
    );
  });

  it('with any character of its text changed, added or swapped opens to the same bytes or not at all', async () => {
    const { sealed, open } = await sealing;
    const { text } = sealed;
    const character = fc.oneof(
      fc.constantFrom(...'AZaz09-_=.+/ \n\t#'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const kind = fc.constantFrom('change', 'add', 'swap');
    const place = fc.oneof(fc.nat({ max: text.length - 1 }), fc.integer({ min: 0, max: 6 }));
    let refused = 0;
    fc.assert(
      fc.property(kind, place, character, (how, at, letter) => {
        const [before, here, after] = [text.slice(0, at), text.charAt(at), text.slice(at + 1)];
        const changed = {
          change: before + letter + after,
          add: before + letter + here + after,
          swap: before + after.charAt(0) + here + after.slice(1),
        }[how];
        const content = coded(codes, () => open(changed!));
        if (content === undefined) refused++;
        else expect(same(content.body, secret)).toBe(true);
      }),
      runs(600),
    );
    expect(refused).toBeGreaterThan(300 * RUNS);
  });
});

describe('padding', () => {
  it('costs at most a sixteenth beyond 1,024 bytes, and never shrinks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 2 ** 27 }), (frameBytes) => {
        expect(paddedFrameBytes(frameBytes)).toBeGreaterThanOrEqual(Math.max(1024, frameBytes));
        if (frameBytes >= 1024) expect(padme(frameBytes)).toBeLessThanOrEqual(frameBytes * (1 + 1 / 16));
        expect(padme(padme(frameBytes))).toBe(padme(frameBytes));
      }),
      runs(2000),
    );
  });
});
