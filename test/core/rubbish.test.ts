/** Whatever a reader of core is given, it answers with a value or a coded error, and soon. OTS_TEST_RUNS multiplies. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { decodeFrame, encodeFrame } from '../../src/core/frame.ts';
import {
  formatDuration,
  isSafeFilename,
  makeSafeFilename,
  OtsError,
  parseDuration,
  parseLink,
  parseLinkKey,
  parseSize,
  preparePassphrase,
} from '../../src/core/index.ts';
import { findTextForms, hasNewerTextForm } from '../../src/core/textform.ts';
import { nativeInflate } from '../../src/local/primitives.ts';

const RUNS = Number(process.env['OTS_TEST_RUNS'] ?? 1);
const runs = (count: number) => ({ numRuns: count * RUNS });
vi.setConfig({ testTimeout: 20_000 * Math.max(1, RUNS) });

/** Runs `act`; any failure must be an OtsError of one of the codes. */
function coded(codes: string[], act: () => unknown): void {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(OtsError);
    expect(codes).toContain((error as OtsError).code);
  }
}

/** Processor time, so that a busy machine makes nothing slow. */
function cpuMs(act: () => unknown): number {
  const before = process.cpuUsage();
  act();
  return process.cpuUsage(before).user / 1000;
}

const PIECES = ['https://', 'h.example', '/secret/', '/receipt/', '#', '%23', '%25', '&#35;', '?', 'ots1.'];
PIECES.push(
  'ots2.',
  '.',
  ' ',
  '\u200b',
  '=\n',
  '1',
  'd',
  'k',
  'A'.repeat(49),
  '2'.repeat(49),
  'z'.repeat(62),
);
const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  // Lone surrogates, too.
  fc.array(fc.nat({ max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((parts) => parts.join('')),
);

const PARSERS = { parseLink, parseLinkKey, preparePassphrase, parseDuration, parseSize };
const FINDERS = { findTextForms, hasNewerTextForm, makeSafeFilename };

describe('rubbish', () => {
  it('as a link, key, passphrase, duration or size is refused with `usage`, or has a meaning', () => {
    fc.assert(
      fc.property(junk, (text) => {
        for (const parse of Object.values(PARSERS)) coded(['usage'], () => parse(text));
        for (const find of Object.values(FINDERS)) find(text);
      }),
      runs(2000),
    );
  });

  it('as a frame is damaged, or decodes', () => {
    const metadata = fc.oneof(
      fc.json(),
      fc
        .record(
          {
            filename: fc.oneof(fc.string({ unit: 'binary' }), fc.constant(1)),
            mediaType: fc.oneof(fc.string(), fc.constant(null)),
            encoding: fc.constantFrom('deflate', 'br', '', 1, null),
            size: fc.oneof(
              fc.integer(),
              fc.double(),
              fc.string(),
              fc.constantFrom(0, 1, 5, 2 ** 26, 2 ** 40),
            ),
            ['__proto__']: fc.constant({ encoding: 'deflate', size: 1 }),
          },
          { requiredKeys: [] },
        )
        .map((record) => JSON.stringify(record)),
    );
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(metadata, fc.uint8Array({ maxLength: 50 })).map(([json, bytes]) => {
        const head = Buffer.from(json);
        const rest = encodeFrame({}, bytes).subarray(2);
        return Buffer.concat([Buffer.from([head.length >> 8, head.length & 255]), head, rest]);
      }),
    );
    fc.assert(
      fc.property(frame, (bytes) => coded(['damaged'], () => decodeFrame(bytes, nativeInflate))),
      runs(3000),
    );
  });

  it('as a file name becomes a safe one or nothing', () => {
    const name = fc.oneof(
      junk,
      fc.string({ unit: fc.constantFrom('.', '/', '\\', ':', '\u202e', 'ß', 'a') }),
    );
    fc.assert(
      fc.property(name, (text) => {
        const safe = makeSafeFilename(text);
        expect(safe === undefined || isSafeFilename(safe)).toBe(true);
        if (isSafeFilename(text)) expect(safe).toBe(text);
      }),
      runs(2000),
    );
  });

  // FORMAT.md, "Text form": a later version's mark is followed by a base64url character.
  it('that merely says `ots2.` is not taken for a newer text form', () => {
    expect(hasNewerTextForm('ots2.AAAA')).toBe(true);
    expect(hasNewerTextForm('I have ots2. It is good.')).toBe(false);
  });
});

const FRAGMENT = '2'.repeat(49);
const LONG: [name: string, text: string][] = [
  ['https://', 'https://'.repeat(2040)],
  ['letters of a host', `https://${'a'.repeat(16_000)}`],
  ['/secret/', `https://h${'/secret/a'.repeat(1700)}`],
  ['identifiers', `https://h${`/secret/${'a'.repeat(128)}`.repeat(119)}`],
  ['hashes', `https://h/secret/${'a'.repeat(62)}${'#'.repeat(16_000)}`],
  ['starts before a fragment', `${'https://h/secret/aaaaaaaaaaaaaaaaaaaaaaaa'.repeat(150)}#${FRAGMENT}`],
  ['%25', '%25'.repeat(5000)],
  ['white space', `${' \n'.repeat(8000)}x${' '.repeat(300)}`],
  ['white space inside', `x${' '.repeat(16_000)}x`],
  ['full stops inside', `x${'.'.repeat(16_000)}x`],
  ['a megabyte of https://', 'https://'.repeat(125_000)],
  ['a megabyte of /secret/', '/secret/'.repeat(125_000)],
  ['a megabyte of %25', '%25'.repeat(330_000)],
  ['a megabyte of hashes', '#'.repeat(1_000_000)],
  ['a megabyte of base58', '2'.repeat(1_000_000)],
  ['a megabyte of digits', `${'1'.repeat(1_000_000)}x`],
  ['a megabyte of days', `${'1d'.repeat(500_000)}x`],
  ['a megabyte of quoted line ends', '=\t'.repeat(500_000)],
  ['a megabyte of start marks', 'ots1. '.repeat(170_000)],
  ['a megabyte of start marks in a row', 'ots1.'.repeat(200_000)],
  ['a megabyte of padded runs', `ots1.${'A'.repeat(500)}=`.repeat(2000)],
  ['a megabyte of broken wrapped runs', `ots1.${'A\n'.repeat(60)}!`.repeat(8000)],
  ['a megabyte of words', 'ots1.AAAA '.repeat(100_000)],
];

describe('much of the same', () => {
  it.each(LONG)('%s: every reader answers within a second', (_, text) => {
    for (const [name, parse] of Object.entries(PARSERS)) {
      expect(
        cpuMs(() => coded(['usage'], () => parse(text))),
        name,
      ).toBeLessThan(1000);
    }
    for (const [name, find] of Object.entries(FINDERS)) {
      expect(
        cpuMs(() => find(text)),
        name,
      ).toBeLessThan(1000);
    }
    expect(findTextForms(text)).toEqual([]);
  });

  it('a megabyte of white space behind a start mark is no text form', () => {
    expect(cpuMs(() => expect(findTextForms(`ots1.${' '.repeat(1_000_000)}`)).toEqual([]))).toBeLessThan(
      1000,
    );
  });

  it('many starts of links before many fragments do not keep parseLink busy', () => {
    const text = `${'https://h'.repeat(700)}${`#${FRAGMENT}`.repeat(130)}%25252525`;
    expect(cpuMs(() => coded(['usage'], () => parseLink(text)))).toBeLessThan(1000);
  });

  it('a long run of white space does not keep parseLinkKey busy', () => {
    const text = `x${' '.repeat(48_000)}x`;
    expect(cpuMs(() => coded(['usage'], () => parseLinkKey(text)))).toBeLessThan(1000);
  });

  it('a long run of spaces does not keep preparePassphrase busy', () => {
    const text = `x${' '.repeat(48_000)}x`;
    expect(cpuMs(() => coded(['usage'], () => preparePassphrase(text)))).toBeLessThan(1000);
  });
});

describe('durations', () => {
  it('are read as they are written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seconds) => {
        expect(parseDuration(String(seconds))).toBe(seconds);
        const rounded = parseDuration(formatDuration(seconds));
        expect(rounded).toBeLessThanOrEqual(seconds);
        expect(formatDuration(rounded)).toBe(formatDuration(seconds));
        // Two units: what is lost is less than the smaller one, at most an hour beside days.
        expect(seconds - rounded).toBeLessThan(seconds < 3600 ? 1 : seconds < 86_400 ? 60 : 3600);
      }),
      runs(1000),
    );
  });

  it('add up, whatever their units', () => {
    const UNITS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
    const part = fc.tuple(
      fc.integer({ min: 1, max: 99 }),
      fc.constantFrom(...(['s', 'm', 'h', 'd', 'w'] as const)),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const total = parts.reduce((sum, [count, unit]) => sum + count * UNITS[unit], 0);
        expect(parseDuration(parts.map(([count, unit]) => `${count}${unit}`).join(''))).toBe(total);
      }),
      runs(500),
    );
  });
});
