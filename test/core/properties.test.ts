/** What must hold for any input: round trips, tampering, sizes, rubbish. OTS_TEST_RUNS multiplies the runs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '../../src/core/frame.ts';
import {
  deriveKeys,
  formatDuration,
  isSafeFilename,
  makeSafeFilename,
  OtsError,
  openSecret,
  parseDuration,
  parseLink,
  parseLinkKey,
  parseSize,
  preparePassphrase,
  type SealOptions,
  sealSecret,
} from '../../src/core/index.ts';
import { paddedFrameBytes, padme } from '../../src/core/padding.ts';
import { encodeTextForm, findTextForms } from '../../src/core/textform.ts';
import { nativeDeflate, nativeInflate, nativeScrypt } from '../../src/local/primitives.ts';

const RUNS = Number(process.env['OTS_TEST_RUNS'] ?? 1);
const runs = (count: number) => ({ numRuns: count * RUNS });
const CHEAP = { kdf: nativeScrypt, cost: { N: 16, r: 1, p: 1 } };

const body = fc.oneof(
  fc.uint8Array({ minLength: 0, maxLength: 64 }),
  fc.uint8Array({ minLength: 1000, maxLength: 1100 }),
  fc
    .integer({ min: 0, max: 40_000 })
    .map((length) => new Uint8Array(length).map((_, index) => (index * 131) >> 3)),
);
const suite = fc.constantFrom<Partial<SealOptions>>({}, { gated: true }, { passphrase: 'correct horse' });
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

describe('any secret', () => {
  it('round-trips, whatever its bytes, length, suite and name', async () => {
    await fc.assert(
      fc.asyncProperty(body, suite, filename, async (bytes, options, name) => {
        const { sealed, open } = await seal({ body: bytes, filename: name, ...options });
        const content = open(sealed.text);
        expect(Buffer.from(content.body).equals(Buffer.from(bytes))).toBe(true);
        expect(content.filename).toBe(name);
      }),
      runs(150),
    );
  });

  it('fits the limit it was given, compressed if need be, or is refused', async () => {
    const text = fc
      .integer({ min: 1, max: 6000 })
      .map((words) => Buffer.from('some prose '.repeat(words)).subarray(0, words * 5));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(body, text),
        fc.integer({ min: 1500, max: 12_000 }),
        async (bytes, maxTextBytes) => {
          const made = await seal({
            body: bytes,
            maxTextBytes,
            deflate: nativeDeflate,
            browserHint: true,
          }).catch((error: unknown) => error);
          if (made instanceof Error) {
            expect(made).toMatchObject({ name: 'OtsError', code: 'refused' });
            return;
          }
          const { sealed, open } = made as Awaited<ReturnType<typeof seal>>;
          expect(Buffer.byteLength(sealed.text)).toBeLessThanOrEqual(maxTextBytes);
          expect(Buffer.from(open(sealed.text).body).equals(Buffer.from(bytes))).toBe(true);
        },
      ),
      runs(150),
    );
  });

  it('with any bit flipped or any part cut off fails with a code and gives nothing', async () => {
    for (const options of [{}, { gated: true }, { passphrase: 'correct horse' }]) {
      const { sealed, open } = await seal({ body: Buffer.from('the secret'), ...options });
      const [envelope] = findTextForms(sealed.text);
      const codes = options.passphrase ? ['damaged', 'wrong_passphrase'] : ['damaged'];
      fc.assert(
        fc.property(fc.nat({ max: envelope!.length * 8 - 1 }), (bit) => {
          const flipped = Uint8Array.from(envelope!);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          expect(coded(codes, () => open(encodeTextForm(flipped)))).toBeUndefined();
        }),
        runs(400),
      );
      fc.assert(
        // Without its end mark a text form is still whole; anything less is not.
        fc.property(fc.nat({ max: sealed.text.length - 2 }), (length) => {
          expect(coded(codes, () => open(sealed.text.slice(0, length)))).toBeUndefined();
        }),
        runs(400),
      );
    }
  });
});

describe('padding', () => {
  it('costs at most a sixteenth beyond 1,024 bytes, and never shrinks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 2 ** 27 }), (length) => {
        expect(paddedFrameBytes(length)).toBeGreaterThanOrEqual(Math.max(1024, length));
        if (length >= 1024) expect(padme(length)).toBeLessThanOrEqual(length * (1 + 1 / 16));
        expect(padme(padme(length))).toBe(padme(length));
      }),
      runs(2000),
    );
  });
});

describe('rubbish', () => {
  const junk = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc
      .array(
        fc.constantFrom(
          'https://',
          'h.example',
          '/secret/',
          '/receipt/',
          '#',
          '%23',
          '%25',
          '&#35;',
          '?',
          'ots1.',
          '.',
          ' ',
          'A'.repeat(49),
          'z'.repeat(62),
        ),
        { maxLength: 30 },
      )
      .map((parts) => parts.join('')),
  );

  it('as a link, key, passphrase, duration or size is refused with `usage`, or has a meaning', () => {
    fc.assert(
      fc.property(junk, (text) => {
        for (const parse of [parseLink, parseLinkKey, preparePassphrase, parseDuration, parseSize])
          coded(['usage'], () => parse(text));
        findTextForms(text);
      }),
      runs(2000),
    );
  });

  it('as a frame is damaged, or decodes', () => {
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.json(), fc.uint8Array({ maxLength: 50 })).map(([json, bytes]) => {
        const plain = encodeFrame({}, bytes);
        const metadata = Buffer.from(json);
        return Buffer.concat([
          Buffer.from([metadata.length >> 8, metadata.length & 255]),
          metadata,
          plain.subarray(2),
        ]);
      }),
    );
    fc.assert(
      fc.property(frame, (bytes) => void coded(['damaged'], () => decodeFrame(bytes, nativeInflate))),
      runs(2000),
    );
  });

  it('as a file name becomes a safe one or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const safe = makeSafeFilename(name);
        expect(safe === undefined || isSafeFilename(safe)).toBe(true);
      }),
      runs(2000),
    );
  });

  it.each([
    ['https://', 'https://'.repeat(2000)],
    ['/secret/', `https://h${'/secret/a'.repeat(1700)}`],
    ['hashes', `https://h/secret/${'a'.repeat(62)}${'#'.repeat(16_000)}`],
    ['starts and fragments', `${'https://h/secret/aaaaaaaaaaaaaaaaaaaaaaaa'.repeat(150)}#${'2'.repeat(49)}`],
    ['percent', '%25'.repeat(5000)],
    ['white space', `${' \n'.repeat(8000)}x${' '.repeat(300)}`],
  ])(
    'of many %s ends at once',
    (_, text) => {
      coded(['usage'], () => parseLink(text));
      coded(['usage'], () => parseLinkKey(text));
    },
    2000,
  );

  it.each([
    ['start marks', 'ots1. '.repeat(170_000)],
    ['start marks in a row', 'ots1.'.repeat(200_000)],
    ['white space', `ots1.${' '.repeat(1_000_000)}`],
    ['words', `${'ots1.AAAA '.repeat(100_000)}`],
  ])(
    'of a megabyte of %s holds no text form, and that is known soon',
    (_, text) => {
      expect(findTextForms(text)).toEqual([]);
    },
    5000,
  );
});

describe('durations', () => {
  it('are read as they are written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seconds) => {
        expect(parseDuration(String(seconds))).toBe(seconds);
        const rounded = parseDuration(formatDuration(seconds));
        expect(rounded).toBeLessThanOrEqual(seconds);
        expect(formatDuration(rounded)).toBe(formatDuration(seconds));
      }),
      runs(1000),
    );
  });
});
